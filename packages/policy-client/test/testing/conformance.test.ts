import type { ConstitutionFile } from '@charterbus/core-models';
import { locateService, type OpaServer, opa, requireService, startOpa } from '@charterbus/tooling/testing';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { type Actions, cedarEngine, compositeEngine, opaEngine, opaWasmEngine } from '../../src/index.js';
import {
  policyEngineConformance,
  type Rule,
  ruleEngine,
  ruleSnapshot,
  rulesToRego,
  ruleToCedar,
} from '../../src/testing/index.js';
import { textsWith, toFiles } from '../support/files.js';
import { manifestOf, regoFiles } from '../support/rego.js';
import { snapshotOf } from '../support/snapshots.js';

const runner = { describe, it };

type Files = readonly ConstitutionFile[];

const cedarFiles = async (rules: readonly Rule[]): Promise<Files> => {
  const { 'schema.cedarschema': _, ...texts } = await textsWith(rules.map(ruleToCedar).join('\n'));
  return toFiles(texts);
};

describe('the rule engine', () => {
  policyEngineConformance(runner, async (rules) => ruleSnapshot(rules), { pure: true, synchronous: true });
});

describe('the Cedar engine', () => {
  const engine = cedarEngine();
  const factory = async (rules: readonly Rule[], actions: Actions) =>
    snapshotOf(engine, await cedarFiles(rules), actions);
  policyEngineConformance(runner, factory, engine.capabilities);
});

/** The rule that decides stands beside the policies that it names. */
const regoTraits = {
  ruleOf: (id: string) => (id.includes('/') ? undefined : id),
  digests: 'whole',
} as const;

describe('the engine of compiled Rego', () => {
  beforeEach((context) => void requireService(context, opa));
  const engine = opaWasmEngine();
  const factory = (rules: readonly Rule[], actions: Actions) =>
    snapshotOf(engine, regoFiles(rulesToRego(rules)), actions);
  policyEngineConformance(runner, factory, engine.capabilities, { ...regoTraits, sets: 6 });
});

describe('OPA over HTTP', () => {
  let server: OpaServer | undefined;
  let made = 0;
  beforeAll(async () => {
    if (locateService(opa) !== undefined) server = await startOpa();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  beforeEach((context) => void requireService(context, opa));
  const factory = async (rules: readonly Rule[], actions: Actions) => {
    const name = `s${++made}`;
    const url = server?.url ?? '';
    const body = rulesToRego(rules, `charterbus.${name}`);
    const answer = await fetch(`${url}/v1/policies/${name}`, { method: 'PUT', body });
    if (!answer.ok) throw new Error(await answer.text());
    const bundle = '{ kind: opa, url: "http://localhost", bundle: { name: a, revision: b } }';
    const files = toFiles({ 'manifest.yaml': manifestOf(bundle), 'policies/own.rego': body });
    return snapshotOf(opaEngine({ url, path: `charterbus/${name}/decision` }), files, actions);
  };
  policyEngineConformance(runner, factory, { pure: false, synchronous: false }, regoTraits);
});

describe('a composite', () => {
  const traits = { ruleOf: (id: string) => /^rules\.(.*)$/.exec(id)?.[1] };
  const everything = ruleEngine([{ id: 'everything', effect: 'permit' }]);
  const factory = async (rules: readonly Rule[], actions: Actions) =>
    snapshotOf(compositeEngine({ rules: cedarEngine(), everything }), await cedarFiles(rules), actions);
  policyEngineConformance(runner, factory, { pure: true, synchronous: true }, traits);
});
