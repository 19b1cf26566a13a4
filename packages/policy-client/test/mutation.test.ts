import { type Effect, ManualClock } from '@charterbus/core-models';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CedarInstance, newCedarInstance } from '../src/cedar/instance.js';
import {
  type Constitution,
  cedarEngine,
  type JudgementRequest,
  type LoadOptions,
  type PolicyEngine,
} from '../src/index.js';
import { type Chooser, chooserOf } from '../src/testing/index.js';
import { slotFiles } from './facts/support/compile.js';
import { decide } from './support/airline-constitution.js';
import { defaultTexts, type Texts } from './support/files.js';
import { mutate, mutateAnswer } from './support/mutations.js';
import { rejection } from './support/odd-answers.js';
import { oracle } from './support/oracle.js';
import { load, refusal } from './support/problems.js';
import { randomJudgement } from './support/random-judgement.js';
import { never } from './support/requests.js';
import { RuntimeError } from './support/runtime-error.js';
import { randomShopRequest, shopOracle, shopOrders, shopTexts } from './support/shop-constitution.js';

/** Every seed is a run of its own, printed with a failure. */
const seedOf = (run: number): number => 7_000 + run;

const rank: Readonly<Record<Effect, number>> = { deny: 0, escalate: 1, allow: 2 };

let texts: Texts;
beforeAll(async () => {
  texts = await defaultTexts();
});

const expectNoMore = async (constitution: Constitution, request: JudgementRequest, seed: number): Promise<void> => {
  const verdict = await constitution.judge(request, never);
  expect(rank[verdict.effect], `seed ${seed}: ${JSON.stringify({ request, verdict })}`).toBeLessThanOrEqual(
    rank[oracle(request)],
  );
};

/** A mutated constitution that still loads passes all its tests, or lost some: it may be stricter, never laxer. */
const loadMutant = async (
  chooser: Chooser,
  whole: Texts,
  options: LoadOptions = {},
): Promise<Constitution | undefined> => {
  const mutant = mutate(chooser, whole);
  // The tests stay as they were: they are what an author would notice a change by.
  const tests = Object.fromEntries(Object.entries(whole).filter(([path]) => path.startsWith('tests/')));
  try {
    return await load({ ...mutant, ...tests }, options);
  } catch (error) {
    await refusal(rejection(error));
    return undefined;
  }
};

describe('whatever is broken, nothing is allowed that the policies did not allow', () => {
  it('mutated policies, schemas and manifests', async () => {
    let loaded = 0;
    for (let run = 0; run < 120; run++) {
      const seed = seedOf(run);
      const chooser = chooserOf(seed);
      const constitution = await loadMutant(chooser, texts);
      if (constitution === undefined) continue;
      loaded += 1;
      for (let number = 0; number < 20; number++) await expectNoMore(constitution, randomJudgement(chooser), seed);
      await constitution.close();
    }
    // Both ways out were taken: mutations in comments and numbers load, most others do not.
    expect(loaded).toBeGreaterThan(5);
    expect(loaded).toBeLessThan(115);
  }, 60_000);

  it('mutated facts, and policies about them', async () => {
    const slots = slotFiles({ orders: shopOrders });
    let loaded = 0;
    for (let run = 0; run < 240; run++) {
      const seed = seedOf(run);
      const chooser = chooserOf(seed);
      const constitution = await loadMutant(chooser, shopTexts, { slots });
      if (constitution === undefined) continue;
      loaded += 1;
      for (let number = 0; number < 40; number++) {
        const asked = randomShopRequest(chooser);
        const verdict = await decide(constitution, asked);
        expect(rank[verdict.effect], `seed ${seed}: ${JSON.stringify({ asked, verdict })}`).toBeLessThanOrEqual(
          rank[shopOracle(asked)],
        );
        expect(verdict.reasons.length).toBeGreaterThan(0);
      }
      await constitution.close();
    }
    expect(loaded).toBeGreaterThan(5);
    expect(loaded).toBeLessThan(200);
  }, 60_000);

  it('mutated answers of an engine', async () => {
    const clock = new ManualClock();
    const real = cedarEngine();
    let chooser: Chooser | undefined;
    const engine: PolicyEngine = {
      ...real,
      load: async (sources, actions, signal) => {
        const loaded = await real.load(sources, actions, signal);
        if (loaded.snapshot === undefined) return loaded;
        const { snapshot } = loaded;
        const evaluate: typeof snapshot.evaluate = (request, given) => {
          const answer = snapshot.evaluate(request, given);
          return chooser === undefined ? answer : mutateAnswer(chooser, answer);
        };
        return { problems: [], snapshot: { policies: snapshot.policies, evaluate, close: () => snapshot.close() } };
      },
    };
    const constitution = await load(texts, { engine, clock, timers: clock });
    for (let run = 0; run < 2_000; run++) {
      const seed = seedOf(run);
      chooser = chooserOf(seed);
      const request = randomJudgement(chooser);
      const judging = constitution.judge(request, never);
      clock.advance(1_000);
      const verdict = await judging;
      expect(verdict.effect, `seed ${seed}: ${JSON.stringify({ request, verdict })}`).toBe('deny');
      expect(verdict.reasons.length).toBeGreaterThan(0);
    }
  });

  it('WebAssembly that traps now and then, and answers that are garbled', async () => {
    let chooser: Chooser | undefined;
    const newInstance = (): CedarInstance => {
      const real = newCedarInstance();
      return {
        policyToJson: (text) => real.policyToJson(text),
        validate: (call) => real.validate(call),
        preparsePolicySet: (id, policies) => real.preparsePolicySet(id, policies),
        preparseSchema: (name, schema) => real.preparseSchema(name, schema),
        schemaToJson: (schema) => real.schemaToJson(schema),
        statefulIsAuthorized: (call) => {
          if (chooser?.once(4)) throw new RuntimeError('unreachable');
          if (chooser?.once(8))
            return real.policyToJson(`permit(principal,action,resource) when {${'('.repeat(300)}};`);
          const answer = real.statefulIsAuthorized(call);
          if (!chooser?.once(4)) return answer;
          return JSON.parse(
            JSON.stringify(answer).replace(
              chooser.pick([/"reason":\[[^\]]*\]/, /"errors":\[\]/, /"type":"success"/, /"decision"/]),
              '"x":1',
            ),
          ) as unknown;
        },
      };
    };
    const constitution = await load(texts, { engine: cedarEngine({ newInstance }) });
    let given = 0;
    for (let run = 0; run < 150; run++) {
      chooser = chooserOf(seedOf(run));
      const request = randomJudgement(chooser);
      await expectNoMore(constitution, request, seedOf(run));
      chooser = undefined;
      // A judgement in peace right after it is right again.
      const verdict = await constitution.judge(request, never);
      expect(verdict.effect, `seed ${seedOf(run)}`).toBe(oracle(request));
      if (verdict.effect === 'allow') given += 1;
    }
    expect(given).toBeGreaterThan(20);
  });
});

describe('the shop that is mutated', () => {
  it('means what its oracle says', async () => {
    const constitution = await load(shopTexts, { slots: slotFiles({ orders: shopOrders }) });
    const chooser = chooserOf(20_261_123);
    const effects = new Set<Effect>();
    for (let number = 0; number < 300; number++) {
      const asked = randomShopRequest(chooser);
      const { effect } = await decide(constitution, asked);
      expect(effect, `request ${number}: ${JSON.stringify(asked)}`).toBe(shopOracle(asked));
      effects.add(effect);
    }
    expect(effects.size).toBe(2);
  });
});
