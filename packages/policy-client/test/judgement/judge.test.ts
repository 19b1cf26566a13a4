import { ManualClock, type Verdict } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import type { Constitution, EngineSnapshot, JudgementRequest } from '../../src/index.js';
import {
  allowAllConstitution,
  type Rule,
  ruleSnapshot,
  rulesConstitution,
  snapshotConstitution,
} from '../../src/testing/index.js';
import { raise, rejection, thenable } from '../support/odd-answers.js';
import { agent, never, request } from '../support/requests.js';

const all: Rule = { id: 'all', effect: 'permit' };
const asks: Rule = { id: 'asks', effect: 'permit', escalate: 'somebody' };
const asksToo: Rule = { id: 'asks-too', effect: 'permit', escalate: 'someone-else' };
const none: Rule = { id: 'none', effect: 'forbid' };

/** The digest of a policy that is there. */
const digestOf = (constitution: Constitution, id: string): string => {
  const policy = constitution.policies.get(id);
  if (policy === undefined) throw new Error(`There is no policy ${id}.`);
  return policy.digest;
};

/** A constitution with the policies `all` and `none` whose engine does as told. */
const answering = (evaluate: EngineSnapshot['evaluate'], options = {}) =>
  snapshotConstitution({ ...ruleSnapshot([all, none]), evaluate }, options);

const failed = {
  effect: 'deny',
  cause: 'error',
  code: 'POLICY_EVALUATION_FAILED',
  reasons: ['POLICY_EVALUATION_FAILED'],
  policies: [],
};

describe('verdicts', () => {
  it('names what allows, what it binds and when', async () => {
    const constitution = allowAllConstitution({ clock: new ManualClock(Date.UTC(2026, 2, 4)) });
    const asked = request();
    expect(await constitution.judge(asked, never)).toEqual({
      point: 'send',
      effect: 'allow',
      cause: 'policy',
      reasons: ['allow-all'],
      policies: ['allow-all'],
      escalations: [],
      approved: [],
      binds: {
        messageDigest: asked.messageDigest,
        recipient: 'acme/worker',
        recipientRevision: 'worker-1',
        constitutionDigest: constitution.hash,
        dataVersion: constitution.dataVersion,
      },
      at: '2026-03-04T00:00:00.000Z',
    } satisfies Verdict);
  });

  it('denies by a forbid with its id', async () => {
    expect(await rulesConstitution([all, none]).judge(request(), never)).toMatchObject({
      effect: 'deny',
      cause: 'policy',
      code: 'POLICY_DENIED',
      reasons: ['none'],
      policies: ['none'],
    });
  });

  it('denies by default', async () => {
    const constitution = rulesConstitution([{ ...all, messageTypes: ['event'] }]);
    expect(await constitution.judge(request(), never)).toMatchObject({
      effect: 'deny',
      cause: 'default',
      code: 'POLICY_DEFAULT_DENY',
      reasons: ['POLICY_DEFAULT_DENY'],
      policies: [],
    });
  });

  it('binds no recipient at send to everyone', async () => {
    const asked = request();
    const { recipient: _, ...toNobody } = {
      ...asked,
      message: { ...asked.message, to: { tenant: 'acme', everyone: true as const } },
    };
    const verdict = await allowAllConstitution().judge(toNobody, never);
    expect(verdict.effect).toBe('allow');
    expect(verdict.binds).not.toHaveProperty('recipient');
    expect(verdict.binds).not.toHaveProperty('recipientRevision');
  });
});

describe('escalation', () => {
  const constitution = rulesConstitution([all, asks, asksToo]);
  const approvalOf = (asked: JudgementRequest, id: string) => ({
    policy: id,
    policyDigest: digestOf(constitution, id),
    messageDigest: asked.messageDigest,
  });

  it('escalates when any determining permit asks, though another permit does not', async () => {
    expect(await constitution.judge(request(), never)).toMatchObject({
      effect: 'escalate',
      cause: 'policy',
      reasons: ['asks', 'asks-too'],
      policies: ['all', 'asks', 'asks-too'],
      escalations: [
        { policy: 'asks', policyDigest: digestOf(constitution, 'asks'), name: 'somebody' },
        { policy: 'asks-too', name: 'someone-else' },
      ],
      approved: [],
    });
  });

  it('holds again for what is not covered', async () => {
    const asked = request();
    const verdict = await constitution.judge({ ...asked, approvals: [approvalOf(asked, 'asks')] }, never);
    expect(verdict).toMatchObject({ effect: 'escalate', reasons: ['asks-too'], approved: ['asks'] });
    expect(verdict.escalations.map((escalation) => escalation.policy)).toEqual(['asks-too']);
  });

  it('allows when everything is covered', async () => {
    const asked = request();
    const approvals = [approvalOf(asked, 'asks'), approvalOf(asked, 'asks-too')];
    expect(await constitution.judge({ ...asked, approvals }, never)).toMatchObject({
      effect: 'allow',
      escalations: [],
      approved: ['asks', 'asks-too'],
    });
  });

  it.each([
    ['another message', { messageDigest: '0'.repeat(64) }],
    ['another policy', { policy: 'all' }],
    ['the policy as it was', { policyDigest: '0'.repeat(64) }],
  ])('does not take an approval of %s', async (_name, difference) => {
    const single = rulesConstitution([asks]);
    const asked = request();
    const approval = {
      policy: 'asks',
      policyDigest: digestOf(single, 'asks'),
      messageDigest: asked.messageDigest,
    };
    expect(await single.judge({ ...asked, approvals: [approval] }, never)).toMatchObject({ effect: 'allow' });
    expect(await single.judge({ ...asked, approvals: [{ ...approval, ...difference }] }, never)).toMatchObject({
      effect: 'escalate',
    });
  });

  it('lets deny beat an approved escalation', async () => {
    const strict = rulesConstitution([asks, none]);
    const asked = request();
    const approval = {
      policy: 'asks',
      policyDigest: digestOf(strict, 'asks'),
      messageDigest: asked.messageDigest,
    };
    expect(await strict.judge({ ...asked, approvals: [approval] }, never)).toMatchObject({
      effect: 'deny',
      reasons: ['none'],
      escalations: [],
      approved: [],
    });
  });
});

describe('an engine that misbehaves', () => {
  it.each<[string, EngineSnapshot['evaluate']]>([
    [
      'throws',
      () => {
        throw new Error('guard');
      },
    ],
    ['throws nothing', () => raise(undefined)],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['rejects without text', () => rejection(undefined)],
    ['rejects with an empty text', () => rejection('')],
    ['answers nothing', () => undefined],
    ['answers true', () => true],
    ['answers later with nothing', () => Promise.resolve(undefined)],
    ['allows without naming a policy', () => ({ decision: 'allow', policies: [], errors: [] })],
    ['allows by a policy that is not here', () => ({ decision: 'allow', policies: ['elsewhere'], errors: [] })],
    ['allows by a name of the prototype', () => ({ decision: 'allow', policies: ['constructor'], errors: [] })],
    [
      'allows by one policy here and one elsewhere',
      () => ({ decision: 'allow', policies: ['all', 'elsewhere'], errors: [] }),
    ],
    ['allows by a forbid', () => ({ decision: 'allow', policies: ['none'], errors: [] })],
    ['allows by a permit and a forbid', () => ({ decision: 'allow', policies: ['all', 'none'], errors: [] })],
    ['allows with an error', () => ({ decision: 'allow', policies: ['all'], errors: ['x'] })],
    [
      'allows with an obligation',
      () => ({ decision: 'allow', policies: ['all'], errors: [], obligations: ['redact'] }),
    ],
    ['denies by a permit', () => ({ decision: 'deny', policies: ['all'], errors: [] })],
    ['denies by a policy that is not here', () => ({ decision: 'deny', policies: ['elsewhere'], errors: [] })],
    ['has a then that throws', () => thenable({ get: () => raise(new Error('then')) })],
    [
      'answers with a hostile proxy',
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('trap');
            },
          },
        ),
    ],
    [
      'promises a promise that rejects',
      () => thenable({ value: (_: unknown, reject: (error: unknown) => void) => reject(null) }),
    ],
  ])('denies when it %s', async (_name, evaluate) => {
    const faults: unknown[] = [];
    expect(
      await answering(evaluate, { onFault: (fault: unknown) => faults.push(fault) }).judge(request(), never),
    ).toMatchObject(failed);
    expect(faults).toHaveLength(1);
  });

  it('is asked each time, also for the same message', async () => {
    let asked = 0;
    const constitution = answering(() => ({
      decision: ++asked === 1 ? 'allow' : 'deny',
      policies: asked === 1 ? ['all'] : ['none'],
      errors: [],
    }));
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'allow' });
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'deny' });
    expect(asked).toBe(2);
  });

  it('cannot change a verdict by way of the observer', async () => {
    const constitution = answering(() => undefined, {
      onFault: () => {
        throw new Error('observer');
      },
    });
    expect(await constitution.judge(request(), never)).toMatchObject(failed);
  });
});

describe('time', () => {
  it('denies at the deadline, tells the engine to stop, and ignores what comes late', async () => {
    const clock = new ManualClock();
    let signalled: AbortSignal | undefined;
    const { promise, resolve: answer } = Promise.withResolvers<unknown>();
    const constitution = answering(
      (_request, signal) => {
        signalled = signal;
        return promise;
      },
      { clock, timers: clock, manifest: { thresholds: { judgementMilliseconds: 50 } } },
    );
    const judging = constitution.judge(request(), never);
    clock.advance(49);
    expect(signalled?.aborted).toBe(false);
    clock.advance(1);
    expect(await judging).toMatchObject({
      effect: 'deny',
      cause: 'timeout',
      code: 'POLICY_TIMEOUT',
      reasons: ['POLICY_TIMEOUT'],
    });
    expect(signalled?.aborted).toBe(true);
    answer({ decision: 'allow', policies: ['all'], errors: [] });
  });

  it('allows what comes in time', async () => {
    const constitution = answering(async () => ({ decision: 'allow', policies: ['all'], errors: [] }));
    expect(await constitution.judge(request(), never)).toMatchObject({ effect: 'allow' });
  });

  it('denies at once when aborted, before and while it waits', async () => {
    let asked = 0;
    const constitution = answering(() => {
      asked += 1;
      return Promise.withResolvers().promise;
    });
    expect(await constitution.judge(request(), AbortSignal.abort())).toMatchObject({
      effect: 'deny',
      code: 'POLICY_TIMEOUT',
    });
    expect(asked).toBe(0);
    const controller = new AbortController();
    const judging = constitution.judge(request(), controller.signal);
    controller.abort(new Error('the sender left'));
    expect(await judging).toMatchObject({ effect: 'deny', code: 'POLICY_TIMEOUT' });
    expect(asked).toBe(1);
  });

  it('leaves no timer behind after an answer', async () => {
    const timers = {
      waiting: 0,
      after: () => ({ [Symbol.dispose]: () => void (timers.waiting -= 1), started: (timers.waiting += 1) }),
    };
    const constitution = answering(async () => ({ decision: 'allow', policies: ['all'], errors: [] }), { timers });
    await constitution.judge(request(), never);
    expect(timers.waiting).toBe(0);
  });
});

describe('a request that contradicts itself', () => {
  const asked = request();
  const { recipient: _, ...withoutRecipient } = asked;
  it.each<[string, JudgementRequest]>([
    ['another sender than the message', { ...asked, sender: agent('acme', 'chief', 'executive') }],
    ['a sender of another tenant', { ...asked, sender: agent('rival', 'planner') }],
    ['another tenant than the message addresses', { ...asked, tenant: 'rival', recipient: agent('rival', 'worker') }],
    ['a recipient of another tenant', { ...asked, recipient: agent('rival', 'worker') }],
    ['no recipient for an agent', withoutRecipient],
    [
      'no recipient at receive',
      { ...withoutRecipient, point: 'receive', message: { ...asked.message, to: { tenant: 'acme', everyone: true } } },
    ],
    [
      'one recipient of everyone at send',
      { ...asked, message: { ...asked.message, to: { tenant: 'acme', everyone: true } } },
    ],
  ])('is denied: %s', async (_name, contradictory) => {
    expect(await allowAllConstitution().judge(contradictory, never)).toMatchObject(failed);
  });
});

describe('facts that untyped code hands in', () => {
  const { facts: _, ...without } = request();
  const good = { action: 'send', now: 0, values: {} };
  it.each<[string, object]>([
    ['none', without],
    ['null', { ...without, facts: null }],
    ['a text', { ...without, facts: 'send' }],
    ['null as what is wanting', { ...without, facts: { ...good, wanting: null } }],
    ['no names of what is wanting', { ...without, facts: { ...good, wanting: { code: 'FACT_UNAVAILABLE' } } }],
    [
      'a digest that throws',
      { ...without, facts: Object.defineProperty({ ...good }, 'digest', { get: () => raise('no') }) },
    ],
  ])('deny and never throw: %s', async (_name, asked) => {
    const faults: unknown[] = [];
    const constitution = allowAllConstitution({ onFault: ({ cause }) => void faults.push(cause) });
    expect(await constitution.judge(asked as JudgementRequest, never)).toMatchObject(failed);
    expect(faults).toHaveLength(1);
  });
});
