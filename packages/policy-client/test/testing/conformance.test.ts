import { describe, it } from 'vitest';
import { type Actions, cedarEngine } from '../../src/index.js';
import { readSources } from '../../src/source/read-sources.js';
import { policyEngineConformance, type Rule, ruleSnapshot, ruleToCedar } from '../../src/testing/index.js';
import { textsWith, toFiles } from '../support/files.js';
import { never } from '../support/requests.js';

const runner = { describe, it };

describe('the rule engine', () => {
  policyEngineConformance(runner, async (rules) => ruleSnapshot(rules), { pure: true, synchronous: true });
});

describe('the Cedar engine', () => {
  const engine = cedarEngine();
  const snapshotOf = async (rules: readonly Rule[], actions: Actions) => {
    const { 'schema.cedarschema': _, ...texts } = await textsWith(rules.map(ruleToCedar).join('\n'));
    const sources = readSources(toFiles(texts));
    if (sources.value === undefined) throw new Error(JSON.stringify(sources.problems));
    const loaded = await engine.load(sources.value, actions, never);
    if (loaded.snapshot === undefined) throw new Error(JSON.stringify(loaded.problems));
    return loaded.snapshot;
  };
  policyEngineConformance(runner, snapshotOf, engine.capabilities);
});
