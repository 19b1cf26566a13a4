import { opa, requireService } from '@charterbus/tooling/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cedarEngine, type EngineSnapshot, opaWasmEngine } from '../../src/index.js';
import { type Rule, ruleSnapshot, rulesToRego, ruleToCedar, snapshotConstitution } from '../../src/testing/index.js';
import { textsWith, toFiles } from '../support/files.js';
import { compileRego, manifestOf } from '../support/rego.js';
import { never, request } from '../support/requests.js';
import { snapshotOf } from '../support/snapshots.js';
import { arbitraryObligations } from './support/arbitraries.js';

/** Rules of which some apply to what is asked. */
const arbitraryRules = fc
  .array(fc.record({ obligations: arbitraryObligations, types: fc.constantFrom('query', 'event') }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((stated) =>
    stated.map(
      ({ obligations, types }, index): Rule => ({
        id: `r${index}`,
        effect: 'permit',
        messageTypes: [types],
        obligations,
      }),
    ),
  );

const sets = fc.sample(arbitraryRules, { seed: 5, numRuns: 20 });
const packageOf = (set: number): string => `charterbus.s${set}`;
const entryOf = (set: number): string => `charterbus/s${set}/decision`;

/** What the bus would be obliged to. */
const obligationsUnder = async (snapshot: EngineSnapshot) => {
  await using constitution = snapshotConstitution(snapshot);
  const { effect, policies, obligations } = await constitution.judge(request(), never);
  return { effect, policies, obligations };
};

it('Cedar, compiled Rego and plain rules oblige to the same', async (context) => {
  requireService(context, opa);
  const rego = sets.map((rules, set) => rulesToRego(rules, packageOf(set)));
  const wasm = compileRego(
    rego,
    sets.map((_, set) => entryOf(set)),
  );
  let obliged = 0;
  for (const [set, rules] of sets.entries()) {
    const expected = await obligationsUnder(ruleSnapshot(rules));
    const cedar = await snapshotOf(cedarEngine(), toFiles(await textsWith(rules.map(ruleToCedar).join('\n'))));
    const regoFiles = [
      ...toFiles({ 'manifest.yaml': manifestOf('opa-wasm'), 'policies/own.rego': rego[set] ?? '' }),
      { path: 'policy.wasm', bytes: wasm },
    ];
    const compiled = await snapshotOf(opaWasmEngine({ entrypoint: entryOf(set) }), regoFiles);
    expect({ set, ...(await obligationsUnder(cedar)) }).toEqual({ set, ...expected });
    expect({ set, ...(await obligationsUnder(compiled)) }).toEqual({ set, ...expected });
    obliged += expected.obligations?.length ?? 0;
  }
  expect(obliged).toBeGreaterThan(20);
});
