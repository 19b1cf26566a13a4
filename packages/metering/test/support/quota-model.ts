import { ManualClock, type QuotasManifest } from '@charterbus/core-models';
import fc from 'fast-check';
import { expect } from 'vitest';
import { createQuotas, type QuotaCounters, type QuotaRequest, type Quotas } from '../../src/index.js';
import { modelManifest, NaiveQuotas } from './naive-quotas.js';

const taking = fc.record({
  kind: fc.constant('take' as const),
  tenant: fc.constantFrom('acme', 'umbra'),
  agent: fc.constantFrom('alice', 'bob'),
  type: fc.constantFrom('command' as const, 'query' as const),
  tokens: fc.integer({ min: 0, max: 20 }),
  costMicros: fc.integer({ min: 0, max: 30 }),
});
const ending = fc.record({ kind: fc.constantFrom('finish' as const, 'giveBack' as const), which: fc.nat({ max: 50 }) });
const waiting = fc.record({
  kind: fc.constant('wait' as const),
  ms: fc.oneof(fc.constantFrom(1_028_571, 1_028_572, 327_363, 327_364), fc.integer({ min: 1, max: 4_000_000 })),
});

const steps = fc.array(
  fc.oneof({ weight: 6, arbitrary: taking }, { weight: 2, arbitrary: ending }, { weight: 3, arbitrary: waiting }),
  { minLength: 10, maxLength: 60 },
);

type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

/** The quotas and the model of them, side by side. */
class SideBySide {
  readonly #quotas: Quotas;
  readonly #naive = new NaiveQuotas();
  readonly #accepted: { readonly request: QuotaRequest; readonly undo: readonly (() => void)[] }[] = [];
  #sent = 0;

  constructor(counters: QuotaCounters) {
    this.#quotas = createQuotas({ manifest: modelManifest as unknown as QuotasManifest, counters });
  }

  /** What denies, by the quotas and by the model. */
  async take(
    { agent, costMicros, tenant, tokens, type }: Extract<Step, { kind: 'take' }>,
    now: number,
  ): Promise<readonly [readonly string[], readonly string[]]> {
    this.#sent += 1;
    const request = { message: `m${this.#sent}`, tenant, agent, type, tokens, costMicros, bytes: 0 };
    const decision = await this.#quotas.take(request);
    const expected = this.#naive.take(request, now);
    if (decision.allowed && typeof expected === 'function') {
      this.#accepted.push({ request, undo: [() => decision.giveBack(), expected] });
    }
    return [decision.allowed ? [] : decision.quotas, typeof expected === 'function' ? [] : expected];
  }

  end({ kind, which }: Extract<Step, { kind: 'finish' | 'giveBack' }>): void {
    const [ended] = this.#accepted.splice(which % Math.max(1, this.#accepted.length), 1);
    if (ended === undefined) return;
    if (kind === 'giveBack') {
      for (const undo of ended.undo) undo();
    } else {
      this.#quotas.finished(ended.request);
      this.#naive.finish(ended.request);
    }
  }
}

/** What denies each message of a script, by the quotas and by the model. */
const denialsOf = async (script: readonly Step[], counters: QuotaCounters, clock: ManualClock) => {
  const both = new SideBySide(counters);
  const denials: (readonly [readonly string[], readonly string[]])[] = [];
  for (const step of script) {
    if (step.kind === 'wait') clock.advance(step.ms);
    else if (step.kind === 'take') denials.push(await both.take(step, clock.now()));
    else both.end(step);
  }
  return denials;
};

/** Holds counters against the model, over random scripts. @returns where they do not agree, with the seed; `undefined` for nowhere. */
export const disagreement = async (
  open: (clock: ManualClock) => Promise<QuotaCounters>,
  parameters: { readonly seed: number; readonly numRuns: number },
): Promise<string | undefined> => {
  const found = await fc.check(
    fc.asyncProperty(steps, async (script) => {
      const clock = new ManualClock(Date.UTC(2026, 0, 31, 20));
      await using counters = await open(clock);
      const denials = await denialsOf(script, counters, clock);
      expect(denials.map(([counted]) => counted)).toEqual(denials.map(([, expected]) => expected));
    }),
    parameters,
  );
  return fc.asyncDefaultReportMessage(found);
};
