import { encodeEnvelope, type Message, seededRandom } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contextFields } from '../../src/engine/context-fields.js';
import {
  type Activation,
  type Constitution,
  ConstitutionLife,
  type Decided,
  type JudgementRequest,
  type PolicyEngine,
} from '../../src/index.js';
import {
  chooserOf,
  type Rule,
  randomRequest,
  randomRule,
  ruleSnapshot,
  rulesConstitution,
} from '../../src/testing/index.js';
import { textsWith } from '../support/files.js';
import { load } from '../support/problems.js';
import { never, request } from '../support/requests.js';

const decided: Decided = { by: 'test', why: 'swap' };

const start = ({ name, revision, hash, shortHash, dataVersion }: Constitution): Activation => ({
  number: 1,
  kind: 'start',
  name,
  revision,
  hash,
  shortHash,
  dataVersion,
  by: 'test',
  why: 'start',
  at: '2026-01-01T00:00:00.000Z',
});

const begin = (constitution: Constitution, reload?: (activation: Activation) => Constitution): ConstitutionLife =>
  new ConstitutionLife({
    constitution,
    history: [start(constitution)],
    clock: { now: () => 0 },
    random: seededRandom(1),
    record: () => Promise.resolve(),
    reload: async (activation) => {
      const reloaded = reload?.(activation);
      if (reloaded === undefined) throw new Error('Nothing is kept.');
      return reloaded;
    },
    highestRevision: () => undefined,
    isRevoked: () => false,
    recordRevoked: () => Promise.resolve(),
    onBackgroundError: (task, error) => {
      throw new Error(`${task}: ${String(error)}`);
    },
  });

/** Rules that say what they read, so that their answers are remembered. */
const engineOf = (rules: readonly Rule[]): PolicyEngine => {
  const reads = { context: new Set(contextFields.filter((field) => field !== 'now')), facts: new Set<string>() };
  return {
    kind: 'cedar',
    capabilities: { pure: true, synchronous: true },
    load: () => Promise.resolve({ snapshot: { ...ruleSnapshot(rules), reads: () => reads }, problems: [] }),
  };
};

/** The same rules behind a cache, and as they plainly read. */
const bothOf = async (rules: readonly Rule[], number: number) => ({
  cached: () => textsWith(`// ${number}`).then((texts) => load(texts, { engine: engineOf(rules) })),
  plain: rulesConstitution(rules),
});

const messageRequest = (seed: number): JudgementRequest => {
  const { point, sender, recipient, tenant, context } = randomRequest(chooserOf(seed));
  const base = request();
  const plain = (agent: typeof sender) => ({ ...base.sender, ...agent });
  const { toTopic: topic, toCapability: capability } = context;
  const to =
    topic !== undefined
      ? { tenant, topic }
      : capability !== undefined
        ? { tenant, capability }
        : context.toEveryone
          ? { tenant, everyone: true as const }
          : { tenant, agent: recipient?.id ?? 'a' };
  const message: Message = {
    ...base.message,
    tenant: sender.tenant,
    from: sender.id,
    to,
    type: context.messageType as Message['type'],
    priority: context.priority as Message['priority'],
  };
  return {
    ...base,
    point,
    sender: plain(sender),
    ...(recipient === undefined ? {} : { recipient: plain(recipient) }),
    tenant,
    message,
    messageDigest: encodeEnvelope(message).digest,
    facts: { action: point, now: context.now, values: {} },
  };
};

test('what is remembered, what is asked anew and what the rules plainly say is the same under random swaps', async () => {
  const chooser = chooserOf(20_261_123);
  const rules = Array.from({ length: 4 }, () =>
    Array.from({ length: 3 }, (_, index) => randomRule(chooser, `rule-${index}`)),
  );
  const pairs = await Promise.all(rules.map(bothOf));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.nat(3), fc.record({ judged: fc.nat(40) })), { minLength: 10, maxLength: 40 }),
      async (steps) => {
        let inForce = 0;
        await using life = begin((await pairs[0]?.cached()) as Constitution);
        for (const step of steps) {
          if (typeof step === 'number') {
            if (step === inForce) continue;
            const next = (await pairs[step]?.cached()) as Constitution;
            const staged = life.stage(next, { by: 'test' });
            await life.activate(staged.hash, decided);
            inForce = step;
            continue;
          }
          const asked = messageRequest(step.judged);
          using lease = life.lease();
          const { binds, at: _, sources: __, ...once } = await lease.constitution.judge(asked, never);
          const { binds: again, at: ___, sources: ____, ...twice } = await lease.constitution.judge(asked, never);
          const { effect, policies } = (await pairs[inForce]?.plain.judge(asked, never)) ?? {};
          expect(twice).toEqual(once);
          expect([once.effect, once.policies]).toEqual([effect, policies?.toSorted()]);
          expect([binds.constitutionDigest, again.constitutionDigest]).toEqual([life.current.hash, life.current.hash]);
        }
      },
    ),
    { seed: 20_261_123, numRuns: 60 },
  );
});

type Step = number | 'back';

/** Does what the steps say, and what a stack would do; tells where each rollback led and should have led. */
const walk = async (steps: readonly Step[], first: Constitution, life: ConstitutionLife) => {
  const model = [first.hash];
  const leads: (readonly [led: string, expected: string])[] = [];
  for (const step of steps) {
    if (step === 'back') {
      const [outcome] = await Promise.allSettled([life.rollback(decided)]);
      const led = outcome.status === 'fulfilled' ? outcome.value.hash : (outcome.reason as { code: string }).code;
      leads.push([led, model.at(-2) ?? 'CONSTITUTION_NO_PREVIOUS']);
      if (model.length > 1) model.pop();
      continue;
    }
    const next = numbered(step);
    if (next.hash === model.at(-1)) continue;
    await life.activate(life.stage(next, { by: 'test' }).hash, decided);
    model.push(next.hash);
  }
  return { leads, inForce: model.at(-1) };
};

const numbered = (number: number): Constitution => rulesConstitution([{ id: `rule-${number}`, effect: 'permit' }]);

test('a rollback leads back one by one, whatever was activated and rolled back', async () => {
  const steps: fc.Arbitrary<readonly Step[]> = fc.array(fc.oneof(fc.nat(4), fc.constant('back' as const)), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const first = numbered(5);
      const all = [0, 1, 2, 3, 4, 5].map(numbered);
      await using life = begin(first, ({ hash }) => all.find((one) => one.hash === hash) as Constitution);
      const { leads, inForce } = await walk(taken, first, life);
      for (const [led, expected] of leads) expect(led).toBe(expected);
      expect(life.current.hash).toBe(inForce);
    }),
    { seed: 20_261_123, numRuns: 200 },
  );
});
