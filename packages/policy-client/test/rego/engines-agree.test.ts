import { isDeepStrictEqual } from 'node:util';
import { type OpaServer, opa, requireService, startOpa } from '@charterbus/tooling/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cedarEngine, type EngineRequest, type EngineSnapshot, opaEngine, opaWasmEngine } from '../../src/index.js';
import {
  answerOf,
  type Chooser,
  chooserOf,
  type Rule,
  randomRequest,
  randomRule,
  rulesToRego,
  ruleToCedar,
  testActions,
} from '../../src/testing/index.js';
import { textsWith, toFiles } from '../support/files.js';
import { compileRego, manifestOf } from '../support/rego.js';
import { never } from '../support/requests.js';
import { snapshotOf } from '../support/snapshots.js';

/** Compiling takes longest, so many sets of rules go into one module. */
const sets = 24;
const requestsOfSet = 40;

let server: OpaServer;

beforeEach(async (context) => {
  requireService(context, opa);
  server = await startOpa();
});

afterEach(() => server[Symbol.asyncDispose]());

interface Judge {
  readonly name: string;
  readonly snapshot: EngineSnapshot;
}

const rulesOf = (chooser: Chooser): readonly Rule[] =>
  Array.from({ length: 1 + chooser.below(8) }, (_, index) => randomRule(chooser, `r${index}`, testActions));

const pathOf = (set: number): string => `charterbus/s${set}/decision`;
const moduleOf = (rules: readonly Rule[], set: number): string => rulesToRego(rules, `charterbus.s${set}`);

const wasmJudge = async (rules: readonly Rule[], set: number, wasm: Uint8Array): Promise<Judge> => {
  const files = [
    ...toFiles({ 'manifest.yaml': manifestOf('opa-wasm'), 'policies/own.rego': moduleOf(rules, set) }),
    { path: 'policy.wasm', bytes: wasm },
  ];
  return {
    name: 'opa-wasm',
    snapshot: await snapshotOf(opaWasmEngine({ entrypoint: pathOf(set) }), files, testActions),
  };
};

const httpJudge = async (rules: readonly Rule[], set: number): Promise<Judge> => {
  const body = moduleOf(rules, set);
  const put = await fetch(`${server.url}/v1/policies/s${set}`, { method: 'PUT', body });
  expect(put.status).toBe(200);
  const bundle = '{ kind: opa, url: "http://localhost", bundle: { name: a, revision: b } }';
  const files = toFiles({ 'manifest.yaml': manifestOf(bundle), 'policies/own.rego': body });
  const engine = opaEngine({ url: server.url, path: pathOf(set) });
  return { name: 'OPA over HTTP', snapshot: await snapshotOf(engine, files, testActions) };
};

const cedarJudge = async (rules: readonly Rule[]): Promise<Judge> => {
  const { 'schema.cedarschema': _, ...texts } = await textsWith(rules.map(ruleToCedar).join('\n'));
  return { name: 'Cedar', snapshot: await snapshotOf(cedarEngine(), toFiles(texts), testActions) };
};

const judged = async ({ snapshot }: Judge, request: EngineRequest) => {
  const answer = (await snapshot.evaluate(request, never)) as ReturnType<typeof answerOf>;
  return { decision: answer.decision, policies: answer.policies.toSorted(), errors: answer.errors };
};

/** Where somebody judges otherwise than the plain evaluator. */
const differences = async (seed: number): Promise<readonly unknown[]> => {
  const chooser = chooserOf(seed);
  const rules = Array.from({ length: sets }, () => rulesOf(chooser));
  const paths = rules.map((_, set) => pathOf(set));
  const wasm = compileRego(rules.map(moduleOf), paths);
  const found: unknown[] = [];
  for (const [set, own] of rules.entries()) {
    const judges = [await cedarJudge(own), await wasmJudge(own, set, wasm), await httpJudge(own, set)];
    for (let number = 0; number < requestsOfSet; number++) {
      const request = randomRequest(chooser, testActions);
      const { policies, ...plain } = answerOf(own, request);
      const expected = { ...plain, policies: policies.toSorted() };
      const answers = await Promise.all(judges.map((judge) => judged(judge, request)));
      const others = judges.filter((_, index) => !isDeepStrictEqual(answers[index], expected));
      if (others.length > 0) found.push({ by: others.map(({ name }) => name), set, own, request, answers, expected });
    }
    await Promise.all(judges.map(({ snapshot }) => snapshot.close()));
  }
  return found;
};

it('one policy in Rego and in Cedar: OPA over HTTP, compiled Rego, Cedar and a plain evaluator agree', {
  timeout: 120_000,
}, async () => {
  const agree = fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
    expect(await differences(seed)).toEqual([]);
  });
  await fc.assert(agree, { numRuns: 2, endOnFailure: true });
});
