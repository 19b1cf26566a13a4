import { describe, expect, it } from 'vitest';
import { type Approval, type EngineAnswer, obligationLimits, type PolicyRecord } from '../../src/index.js';
import { type Rule, ruleSnapshot, rulesConstitution, snapshotConstitution } from '../../src/testing/index.js';
import { never, request } from '../support/requests.js';

const all: Rule = { id: 'all', effect: 'permit' };
const cards: Rule = { id: 'cards', effect: 'permit', obligations: [{ kind: 'remove', path: '/card' }] };
const ibans: Rule = { id: 'ibans', effect: 'permit', obligations: [{ kind: 'mask', path: '/iban', keep: 4 }] };
const none: Rule = { id: 'none', effect: 'forbid' };

const judgeRules = (rules: readonly Rule[]) => rulesConstitution(rules).judge(request(), never);

/** A verdict on what an engine answers that has the policies `all`, `none` and, able to do both, `rule`. */
const judgeAnswer = (answer: Partial<Record<keyof EngineAnswer, unknown>>, approvals: readonly Approval[] = []) => {
  const snapshot = ruleSnapshot([all, none]);
  const rule: PolicyRecord = {
    id: 'rule',
    effect: 'rule',
    file: 'rules',
    line: 9,
    annotations: {},
    digest: 'd'.repeat(64),
  };
  const constitution = snapshotConstitution({
    ...snapshot,
    policies: [...snapshot.policies, rule],
    evaluate: () => ({ decision: 'allow', policies: ['all'], errors: [], ...answer }),
  });
  const asked = request();
  return constitution.judge(
    { ...asked, approvals: approvals.map((approval) => ({ ...approval, messageDigest: asked.messageDigest })) },
    never,
  );
};

const failed = { effect: 'deny', cause: 'error', code: 'POLICY_EVALUATION_FAILED', policies: [] };

describe('the obligations of a verdict', () => {
  it('are those of all determining permits, merged', async () => {
    const verdict = await judgeRules([ibans, cards, { ...cards, id: 'again' }, all]);
    expect(verdict).toMatchObject({ effect: 'allow', obligations: [...cards.obligations!, ...ibans.obligations!] });
  });

  it('are not there where nothing is asked', async () => {
    expect(Object.hasOwn(await judgeRules([all]), 'obligations')).toBe(false);
  });

  it('are not those of permits that do not apply', async () => {
    const verdict = await judgeRules([all, { ...cards, messageTypes: ['event'] }]);
    expect(verdict.obligations).toBeUndefined();
  });

  it('are none on a deny', async () => {
    const verdict = await judgeRules([cards, none]);
    expect([verdict.effect, verdict.obligations]).toEqual(['deny', undefined]);
  });

  it('are there while it escalates', async () => {
    const verdict = await judgeRules([cards, { ...all, escalate: 'look' }]);
    expect([verdict.effect, verdict.obligations]).toEqual(['escalate', cards.obligations]);
  });

  it('come from the answer of the engine as well', async () => {
    const verdict = await judgeAnswer({ obligations: [{ kind: 'mask', path: '/a', keep: 2 }] });
    expect(verdict).toMatchObject({ effect: 'allow', obligations: [{ kind: 'mask', path: '/a', keep: 2 }] });
  });

  it.each<[string, unknown]>([
    ['an obligation that nobody knows', [{ kind: 'encrypt', path: '/card' }]],
    ['one known among one that is not', [{ kind: 'remove', path: '/card' }, { kind: 'log' }]],
    ['a path to everything', [{ kind: 'remove', path: '' }]],
    ['obligations that are no list', { kind: 'remove', path: '/card' }],
    ['nothing by name', undefined],
  ])('deny, as an error, where the engine asks for %s', async (_name, obligations) => {
    expect(await judgeAnswer({ obligations })).toMatchObject(failed);
  });

  it('deny where all policies together ask for more than there may be', async () => {
    const many = (from: number): Rule => ({
      id: `from-${from}`,
      effect: 'permit',
      obligations: Array.from({ length: 40 }, (_, index) => ({ kind: 'remove', path: `/f${from + index}` })),
    });
    expect((await judgeRules([many(0)])).effect).toBe('allow');
    expect(await judgeRules([many(0), many(40)])).toMatchObject(failed);
    const large: Rule['obligations'] = Array.from({ length: 8 }, (_, index) => ({
      kind: 'replace',
      path: `/f${index}`,
      value: 'x'.repeat(obligationLimits.valueBytes - 2),
    }));
    expect(await judgeRules([{ ...all, obligations: large }])).toMatchObject(failed);
  });
});

describe('an approval that an engine asks for', () => {
  const asks = [{ kind: 'require-approval', name: 'high-risk' }];

  it('escalates, for each policy that determined the answer', async () => {
    const verdict = await judgeAnswer({ policies: ['rule', 'all'], obligations: asks });
    expect(verdict).toMatchObject({
      effect: 'escalate',
      reasons: ['all', 'rule'],
      escalations: [
        { policy: 'all', name: 'high-risk' },
        { policy: 'rule', name: 'high-risk' },
      ],
    });
    expect(verdict.obligations).toBeUndefined();
  });

  it('is covered by an approval of that name, and not by one of another', async () => {
    const approval = { policy: 'rule', policyDigest: 'd'.repeat(64), messageDigest: '' };
    const judged = (name: string) => judgeAnswer({ policies: ['rule'], obligations: asks }, [{ ...approval, name }]);
    expect(await judged('high-risk')).toMatchObject({ effect: 'allow', approved: ['rule'], escalations: [] });
    expect((await judged('low-risk')).effect).toBe('escalate');
  });

  it('lets two names of one policy be approved apart', async () => {
    const both = [...asks, { kind: 'require-approval', name: 'second-look' }];
    const approval = { policy: 'rule', policyDigest: 'd'.repeat(64), messageDigest: '', name: 'high-risk' };
    const verdict = await judgeAnswer({ policies: ['rule'], obligations: both }, [approval]);
    expect(verdict).toMatchObject({ effect: 'escalate', approved: ['rule'], reasons: ['rule'] });
    expect(verdict.escalations.map(({ name }) => name)).toEqual(['second-look']);
  });
});

describe('a rule that may do both', () => {
  it('allows and denies under its own name', async () => {
    expect(await judgeAnswer({ policies: ['rule'] })).toMatchObject({ effect: 'allow', policies: ['rule'] });
    expect(await judgeAnswer({ decision: 'deny', policies: ['rule', 'none'] })).toMatchObject({
      effect: 'deny',
      cause: 'policy',
      reasons: ['none', 'rule'],
    });
  });

  it('does not let a permit deny, or a forbid allow, beside it', async () => {
    expect(await judgeAnswer({ decision: 'deny', policies: ['rule', 'all'] })).toMatchObject(failed);
    expect(await judgeAnswer({ policies: ['rule', 'none'] })).toMatchObject(failed);
  });
});
