import { type Digest, sha256 } from '@charterbus/core-models';
import type {
  EngineAnswer,
  EngineLoad,
  EngineRequest,
  EngineSnapshot,
  PolicyEngine,
  PolicyRecord,
} from '../engine/policy-engine.js';
import { mergeObligations } from '../obligations/merge-obligations.js';
import { type Rule, ruleApplies } from './rule.js';

/** SHA-256 of a rule's data. */
export const ruleDigest = (rule: Rule): Digest =>
  sha256(JSON.stringify(Object.entries(rule).toSorted(([left], [right]) => (left < right ? -1 : 1))));

const recordOf = (rule: Rule, index: number): PolicyRecord => ({
  id: rule.id,
  effect: rule.effect,
  file: 'rules',
  line: index + 1,
  annotations: { id: rule.id, ...(rule.escalate === undefined ? {} : { escalate: rule.escalate }) },
  ...(rule.escalate === undefined ? {} : { escalate: rule.escalate }),
  ...(rule.obligations === undefined ? {} : { obligations: mergeObligations(rule.obligations) }),
  digest: ruleDigest(rule),
});

/** What the rules come to: a forbid beats every permit, and without a permit it is a deny. */
export const answerOf = (rules: readonly Rule[], request: EngineRequest): EngineAnswer => {
  const applicable = rules.filter((rule) => ruleApplies(rule, request));
  const forbids = applicable.filter((rule) => rule.effect === 'forbid');
  const determining = forbids.length > 0 ? forbids : applicable;
  const decision = forbids.length === 0 && applicable.length > 0 ? 'allow' : 'deny';
  return { decision, policies: determining.map((rule) => rule.id), errors: [] };
};

/** Rules ready to judge, in memory. */
export const ruleSnapshot = (rules: readonly Rule[]): EngineSnapshot => {
  let closed = false;
  return {
    policies: rules.map(recordOf),
    evaluate(request) {
      if (closed) throw new TypeError('The snapshot is closed.');
      return answerOf(rules, request);
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
};

/**
 * An engine that judges by a fixed list of rules and reads nothing of the constitution's policies: for tests of what
 * stands on an engine. It answers to the kind that manifests name.
 */
export const ruleEngine = (rules: readonly Rule[], kind = 'cedar'): PolicyEngine => ({
  kind,
  capabilities: { pure: true, synchronous: true },
  async load(_sources, _actions, signal): Promise<EngineLoad> {
    signal.throwIfAborted();
    return { snapshot: ruleSnapshot(rules), problems: [] };
  },
});
