import assert from 'node:assert/strict';
import type {
  Actions,
  EngineAnswer,
  EngineCapabilities,
  EngineRequest,
  EngineSnapshot,
} from '../engine/policy-engine.js';
import { readAnswer } from '../engine/read-answer.js';
import { chooserOf, randomRequest, randomRule } from './random-cases.js';
import type { Rule } from './rule.js';
import { answerOf } from './rule-engine.js';
import { testActions } from './test-actions.js';

/** The part of vitest, jest or `node:test` that the suite needs. */
export interface ConformanceRunner {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
}

/** Makes a snapshot of rules in the engine's own language, to be asked about `testActions`. */
export type SnapshotFactory = (rules: readonly Rule[], actions: Actions) => Promise<EngineSnapshot>;

/** In what an engine's answers and records rightly differ from the rules that it was given. */
export interface ConformanceTraits {
  /** The rule that an id stands for, or nothing where it stands for none of those that were given. Default: itself. */
  readonly ruleOf?: (id: string) => string | undefined;
  /** Whether each policy has a digest of its own, or one stands for them all. Default `each`. */
  readonly digests?: 'each' | 'whole';
  /** Sets of random rules to try, for engines that take long to make a snapshot. Default 30. */
  readonly sets?: number;
}

/** An engine under test. */
interface Subject {
  readonly factory: SnapshotFactory;
  readonly ruleOf: (id: string) => string | undefined;
  readonly digests: 'each' | 'whole';
  readonly sets: number;
}

const never = new AbortController().signal;
const worker = { tenant: 'acme', id: 'worker', capabilities: [] };
const query: EngineRequest = {
  point: 'send',
  action: 'send',
  facts: { urgent: false },
  sender: { tenant: 'acme', id: 'planner', capabilities: [] },
  recipient: worker,
  tenant: 'acme',
  context: {
    messageType: 'query',
    priority: 'normal',
    priorityRank: 1,
    contentBytes: 2,
    isReply: false,
    toEveryone: false,
    now: 0,
  },
};
const { recipient: _, ...withoutRecipient } = query;
const toEveryone: EngineRequest = { ...withoutRecipient, context: { ...query.context, toEveryone: true } };
const toTopic: EngineRequest = { ...withoutRecipient, context: { ...query.context, toTopic: 'orders.created' } };
const toCapability: EngineRequest = { ...withoutRecipient, context: { ...query.context, toCapability: 'translate' } };
const queries: Rule = { id: 'queries', effect: 'permit', messageTypes: ['query'] };
const everything: Rule = { id: 'everything', effect: 'permit' };
const noQueries: Rule = { id: 'no-queries', effect: 'forbid', messageTypes: ['query'] };

const readRaw = ({ ruleOf }: Subject, raw: unknown): EngineAnswer => {
  const answer = readAnswer(raw);
  assert.ok(answer, 'the answer does not have the shape of EngineAnswer');
  return { ...answer, policies: answer.policies.flatMap((id) => ruleOf(id) ?? []).toSorted() };
};

const read = async (subject: Subject, snapshot: EngineSnapshot, request: EngineRequest): Promise<EngineAnswer> =>
  readRaw(subject, await snapshot.evaluate(request, never));

const expectAnswer = async (subject: Subject, rules: readonly Rule[], request: EngineRequest): Promise<void> => {
  const snapshot = await subject.factory(rules, testActions);
  const expected = answerOf(rules, request);
  assert.deepEqual(await read(subject, snapshot, request), { ...expected, policies: expected.policies.toSorted() });
  await snapshot.close();
};

const business: Rule = { id: 'business', effect: 'forbid', fact: { name: 'cabin', value: 'business' } };
const call: EngineRequest = { ...query, action: 'refund', facts: { cabin: 'economy', amount: 1 } };

const decisions = ({ it }: ConformanceRunner, subject: Subject): void => {
  const { factory } = subject;
  const cases: readonly (readonly [string, readonly Rule[], EngineRequest])[] = [
    ['allows by a permit and names it', [queries], query],
    ['denies without a permit and names nothing', [{ ...queries, messageTypes: ['event'] }], query],
    ['names every permit that applies', [queries, everything], query],
    ['lets a forbid beat permits and names only forbids', [queries, everything, noQueries], query],
    ['knows send from receive', [{ ...queries, point: 'receive' }], query],
    ['takes a call for a send', [{ ...queries, point: 'send' }], call],
    ['knows a call from a send that is none', [{ ...queries, action: 'send' }], call],
    ['knows a tool from another', [everything, { ...noQueries, action: 'rebook' }], call],
    ['sees a fact', [everything, business], { ...call, facts: { cabin: 'business', amount: 1 } }],
    ['sees that a fact is another', [everything, business], call],
    ['takes an absent fact for none', [everything, { ...business, fact: { name: 'insured', value: false } }], call],
    [
      'takes text for text',
      [everything, { id: 'quoted', effect: 'forbid', senderRole: 'executive' }],
      { ...query, sender: { ...query.sender, role: 'executive" or true\n\u0000\u2028\\ü😀' } },
    ],
    ['judges a message to everyone', [{ ...everything, toEveryone: true }], toEveryone],
    ['judges a message to a topic', [{ ...everything, toTopic: 'orders.created' }], toTopic],
    ['knows a topic from another', [{ ...everything, toTopic: 'orders' }], toTopic],
    ['takes an absent topic for none', [{ ...everything, toTopic: 'orders.created' }], query],
    ['judges a message to a capability', [{ ...everything, toCapability: 'translate' }], toCapability],
    ['knows a capability from another', [{ ...everything, toCapability: 'sum' }], toCapability],
    ['takes an absent capability for none', [{ ...everything, toCapability: 'translate' }], toTopic],
    ['takes an absent role for no role', [{ ...everything, senderRole: 'executive' }], query],
    [
      'sees who crosses tenants',
      [everything, { id: 'boundary', effect: 'forbid', sameTenant: false }],
      { ...query, tenant: 'rival', recipient: { ...worker, tenant: 'rival' } },
    ],
  ];
  for (const [name, rules, request] of cases) it(name, () => expectAnswer(subject, rules, request));

  it('agrees with the plain meaning of random rules', async () => {
    for (let seed = 1; seed <= subject.sets; seed++) {
      const chooser = chooserOf(seed);
      const rules = Array.from({ length: 1 + chooser.below(8) }, (_, index) =>
        randomRule(chooser, `r${index}`, testActions),
      );
      const snapshot = await factory(rules, testActions);
      for (let number = 0; number < 40; number++) {
        const request = randomRequest(chooser, testActions);
        const expected = answerOf(rules, request);
        const message = `seed ${seed}, request ${number}: ${JSON.stringify({ rules, request })}`;
        assert.deepEqual(
          await read(subject, snapshot, request),
          { ...expected, policies: expected.policies.toSorted() },
          message,
        );
      }
      await snapshot.close();
    }
  });

  it('never allows more with one forbid more', async () => {
    for (let seed = 101; seed <= 100 + Math.ceil(subject.sets / 3); seed++) {
      const chooser = chooserOf(seed);
      const rules = Array.from({ length: 5 }, (_, index) => randomRule(chooser, `r${index}`, testActions));
      const fewer = await factory(rules, testActions);
      const more = await factory(
        [...rules, { ...randomRule(chooser, 'added', testActions), effect: 'forbid' }],
        testActions,
      );
      for (let number = 0; number < 30; number++) {
        const request = randomRequest(chooser, testActions);
        const [before, after] = [await read(subject, fewer, request), await read(subject, more, request)];
        assert.ok(before.decision === 'allow' || after.decision === 'deny', `seed ${seed}, request ${number}`);
      }
      await Promise.all([fewer.close(), more.close()]);
    }
  });
};

const deepFrozen = (request: EngineRequest): EngineRequest => {
  for (const part of [
    request.sender,
    request.sender.capabilities,
    request.recipient,
    request.context,
    request.facts,
    request,
  ])
    Object.freeze(part);
  return request;
};

const lives = ({ it }: ConformanceRunner, subject: Subject, capabilities: EngineCapabilities): void => {
  const { factory, ruleOf, digests } = subject;
  it('lists its policies as they were given', async () => {
    const snapshot = await factory([{ ...queries, escalate: 'somebody' }, noQueries], testActions);
    const listed = snapshot.policies
      .flatMap(({ id, effect, escalate }) =>
        ruleOf(id) === undefined ? [] : [{ id: ruleOf(id) ?? '', effect, escalate }],
      )
      .toSorted((left, right) => (left.id < right.id ? -1 : 1));
    assert.deepEqual(listed, [
      { id: 'no-queries', effect: 'forbid', escalate: undefined },
      { id: 'queries', effect: 'permit', escalate: 'somebody' },
    ]);
    assert.ok(snapshot.policies.every((policy) => /^[0-9a-f]{64}$/.test(policy.digest)));
    await snapshot.close();
  });

  it(`gives a changed policy another digest${digests === 'each' ? ', and an unchanged one the same' : ''}`, async () => {
    const snapshots = await Promise.all([
      factory([queries, noQueries], testActions),
      factory([{ ...queries, messageTypes: ['event'] }, noQueries], testActions),
    ]);
    const [before, after] = snapshots.map(
      (snapshot) => new Map(snapshot.policies.map((policy) => [ruleOf(policy.id), policy.digest])),
    );
    assert.notEqual(before?.get('queries'), after?.get('queries'));
    assert.equal(before?.get('no-queries') === after?.get('no-queries'), digests === 'each');
    await Promise.all(snapshots.map((snapshot) => snapshot.close()));
  });

  it('keeps snapshots apart', async () => {
    const [open, closed] = [await factory([queries], testActions), await factory([noQueries], testActions)];
    assert.equal((await read(subject, closed, query)).decision, 'deny');
    await closed.close();
    assert.equal((await read(subject, open, query)).decision, 'allow');
    await open.close();
  });

  it('answers nothing that allows once it is closed, and closes twice', async () => {
    const snapshot = await factory([everything], testActions);
    await snapshot.close();
    await snapshot.close();
    const answer = await Promise.resolve()
      .then(() => snapshot.evaluate(query, never))
      .catch((error: unknown) => error);
    assert.notEqual(readAnswer(answer)?.decision, 'allow');
  });

  it('leaves the request as it was', async () => {
    const snapshot = await factory([everything], testActions);
    assert.equal((await read(subject, snapshot, deepFrozen(structuredClone(query)))).decision, 'allow');
    await snapshot.close();
  });

  it(`answers ${capabilities.synchronous ? 'at once' : 'with a promise'}, as it declares`, async () => {
    const snapshot = await factory([everything], testActions);
    const answer = snapshot.evaluate(query, never);
    assert.equal(answer instanceof Promise, !capabilities.synchronous);
    await answer;
    await snapshot.close();
  });

  it('answers several at once as it answers each', async () => {
    const snapshot = await factory([queries, noQueries, everything], testActions);
    const requests = [query, toEveryone, call, query];
    const answers = await snapshot.evaluateMany?.(requests, never);
    for (const [index, request] of requests.entries()) {
      const expected = await read(subject, snapshot, request);
      if (answers !== undefined) assert.deepEqual(readRaw(subject, answers[index]), expected);
    }
    await snapshot.close();
  });

  // Engines that are not pure may answer otherwise the second time, so there is nothing to compare.
  if (!capabilities.pure) return;
  it('gives equal requests equal answers', async () => {
    const snapshot = await factory([queries, everything], testActions);
    const [first, second] = [
      await read(subject, snapshot, query),
      await read(subject, snapshot, structuredClone(query)),
    ];
    assert.deepEqual(first, second);
    await snapshot.close();
  });
};

/** What every engine keeps to. Run it inside a test file with the test framework's `describe` and `it`. */
export const policyEngineConformance = (
  runner: ConformanceRunner,
  factory: SnapshotFactory,
  capabilities: EngineCapabilities,
  { ruleOf = (id) => id, digests = 'each', sets = 30 }: ConformanceTraits = {},
): void => {
  const subject = { factory, ruleOf, digests, sets };
  runner.describe('decides', () => decisions(runner, subject));
  runner.describe('lives', () => lives(runner, subject, capabilities));
};
