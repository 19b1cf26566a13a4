import type { Cause, Effect, ErrorCode, Escalation } from '@charterbus/core-models';
import type { EngineAnswer, PolicyRecord } from '../engine/policy-engine.js';
import { readAnswer } from '../engine/read-answer.js';
import type { WantingFacts } from '../facts/gathered-facts.js';
import type { JudgementRequest } from './judgement-request.js';

/** The part of a verdict that follows from the engine's answer. */
export interface Ruling {
  readonly effect: Effect;
  readonly cause: Cause;
  readonly code?: ErrorCode;
  readonly reasons: readonly string[];
  readonly policies: readonly string[];
  readonly escalations: readonly Escalation[];
  readonly approved: readonly string[];
}

export type PolicyTable = ReadonlyMap<string, PolicyRecord>;

const denial = (cause: Cause, code: ErrorCode, policies: readonly string[] = []): Ruling => ({
  effect: 'deny',
  cause,
  code,
  reasons: policies.length > 0 ? policies : [code],
  policies,
  escalations: [],
  approved: [],
});

/** Whatever is not an answer. */
export const failedRuling: Ruling = Object.freeze(denial('error', 'POLICY_EVALUATION_FAILED'));
export const timedOutRuling: Ruling = Object.freeze(denial('timeout', 'POLICY_TIMEOUT'));

/** Facts were wanting, so the policies were not asked: the code, then the names. */
export const wantingRuling = ({ code, names }: WantingFacts): Ruling => ({
  ...denial('facts', code),
  reasons: [code, ...names],
});

const isCovered = (escalation: Escalation, request: JudgementRequest): boolean =>
  (request.approvals ?? []).some(
    (approval) =>
      approval.policy === escalation.policy &&
      approval.policyDigest === escalation.policyDigest &&
      approval.messageDigest === request.messageDigest,
  );

const permitted = (permits: readonly PolicyRecord[], request: JudgementRequest): Ruling => {
  const policies = permits.map((policy) => policy.id);
  const asked = permits.flatMap((policy): readonly Escalation[] =>
    policy.escalate === undefined ? [] : [{ policy: policy.id, policyDigest: policy.digest, name: policy.escalate }],
  );
  const escalations = asked.filter((escalation) => !isCovered(escalation, request));
  const approved = asked.filter((escalation) => isCovered(escalation, request)).map((escalation) => escalation.policy);
  const escalates = escalations.length > 0;
  return {
    effect: escalates ? 'escalate' : 'allow',
    cause: 'policy',
    reasons: escalates ? escalations.map((escalation) => escalation.policy) : policies,
    policies,
    escalations,
    approved,
  };
};

/** The records of the ids, sorted, each once; `undefined` where an id is of no policy here. */
const recordsOf = (ids: readonly string[], table: PolicyTable): readonly PolicyRecord[] | undefined => {
  const records = [...new Set(ids)].toSorted().map((id) => table.get(id));
  return records.every((record) => record !== undefined) ? records : undefined;
};

const rulingOf = (answer: EngineAnswer, table: PolicyTable, request: JudgementRequest): Ruling => {
  if (answer.errors.length > 0) return failedRuling;
  const records = recordsOf(answer.policies, table);
  if (records === undefined) return failedRuling;
  if (answer.decision === 'allow') {
    const permits = records.length > 0 && records.every((record) => record.effect === 'permit');
    return permits ? permitted(records, request) : failedRuling;
  }
  if (records.length === 0) return denial('default', 'POLICY_DEFAULT_DENY');
  return records.every((record) => record.effect === 'forbid')
    ? denial(
        'policy',
        'POLICY_DENIED',
        records.map((record) => record.id),
      )
    : failedRuling;
};

/**
 * What an engine's answer comes to. It allows or escalates only where the answer has exactly the right shape, says
 * `allow`, reports no error, and names at least one policy, all of them permits of this constitution.
 */
export const ruleOn = (raw: unknown, table: PolicyTable, request: JudgementRequest): Ruling => {
  const answer = readAnswer(raw);
  return answer === undefined ? failedRuling : rulingOf(answer, table, request);
};
