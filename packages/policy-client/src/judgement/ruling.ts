import type { Cause, DeliveryObligation, Effect, ErrorCode, Escalation } from '@charterbus/core-models';
import type { PolicyRecord } from '../engine/policy-engine.js';
import { type ReadAnswer, readAnswer } from '../engine/read-answer.js';
import type { WantingFacts } from '../facts/gathered-facts.js';
import { isTooMuch, mergeObligations } from '../obligations/merge-obligations.js';
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
  readonly obligations?: readonly DeliveryObligation[];
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

/** Nothing is in force any more. */
export const revokedRuling: Ruling = Object.freeze(denial('error', 'CONSTITUTION_REVOKED'));

/** Facts were wanting, so the policies were not asked: the code, then the names. @param onCause told why, where that is known. */
export const wantingRuling = ({ code, names, cause }: WantingFacts, onCause: (cause: unknown) => void): Ruling => {
  if (cause !== undefined) onCause(cause);
  return { ...denial('facts', code), reasons: [code, ...names] };
};

const isCovered = (escalation: Escalation, request: JudgementRequest): boolean =>
  (request.approvals ?? []).some(
    (approval) =>
      approval.policy === escalation.policy &&
      approval.policyDigest === escalation.policyDigest &&
      (approval.name === undefined || approval.name === escalation.name) &&
      approval.messageDigest === request.messageDigest,
  );

/**
 * The approvals that are asked for: by a permit's own name, and by the answer on behalf of all that determine it, since
 * it does not say which of them asked. Each once.
 */
const escalationsOf = (permits: readonly PolicyRecord[], { obligations = [] }: ReadAnswer): readonly Escalation[] => {
  const names = obligations.flatMap((asked) => (asked.kind === 'require-approval' ? [asked.name] : []));
  return permits.flatMap(({ id, digest, escalate }) =>
    [...new Set([...(escalate === undefined ? [] : [escalate]), ...names])].map((name) => ({
      policy: id,
      policyDigest: digest,
      name,
    })),
  );
};

/** What is to be done at delivery: what the permits ask and what the answer asks. */
const obligationsOf = (permits: readonly PolicyRecord[], answer: ReadAnswer): readonly DeliveryObligation[] => {
  const own = permits.flatMap((permit) => permit.obligations ?? []);
  const asked = (answer.obligations ?? []).filter((obligation) => obligation.kind !== 'require-approval');
  return own.length + asked.length === 0 ? [] : mergeObligations([...own, ...asked]);
};

const permitted = (permits: readonly PolicyRecord[], answer: ReadAnswer, request: JudgementRequest): Ruling => {
  const obligations = obligationsOf(permits, answer);
  if (isTooMuch(obligations)) return failedRuling;
  const policies = permits.map((policy) => policy.id);
  const asked = escalationsOf(permits, answer);
  const escalations = asked.filter((escalation) => !isCovered(escalation, request));
  const approved = asked.filter((escalation) => isCovered(escalation, request)).map((escalation) => escalation.policy);
  const escalates = escalations.length > 0;
  return {
    effect: escalates ? 'escalate' : 'allow',
    cause: 'policy',
    reasons: escalates ? [...new Set(escalations.map((escalation) => escalation.policy))] : policies,
    policies,
    escalations,
    approved: [...new Set(approved)],
    ...(obligations.length === 0 ? {} : { obligations }),
  };
};

/** The records of the ids, sorted, each once; `undefined` where an id is of no policy here. */
const recordsOf = (ids: readonly string[], table: PolicyTable): readonly PolicyRecord[] | undefined => {
  const records = [...new Set(ids)].toSorted().map((id) => table.get(id));
  return records.every((record) => record !== undefined) ? records : undefined;
};

const rulingOf = (answer: ReadAnswer, table: PolicyTable, request: JudgementRequest): Ruling => {
  if (answer.errors.length > 0) return failedRuling;
  const records = recordsOf(answer.policies, table);
  if (records === undefined) return failedRuling;
  if (answer.decision === 'allow') {
    const permits = records.length > 0 && records.every((record) => record.effect !== 'forbid');
    return permits ? permitted(records, answer, request) : failedRuling;
  }
  if (records.length === 0) return denial('default', 'POLICY_DEFAULT_DENY');
  return records.every((record) => record.effect !== 'permit')
    ? denial(
        'policy',
        'POLICY_DENIED',
        records.map((record) => record.id),
      )
    : failedRuling;
};

/**
 * What an engine's answer comes to. It allows or escalates only where the answer has exactly the right shape, says
 * `allow`, reports no error, names at least one policy, all of them permits or rules of this constitution, and asks for
 * nothing but obligations.
 */
export const ruleOn = (raw: unknown, table: PolicyTable, request: JudgementRequest): Ruling => {
  const answer = readAnswer(raw);
  return answer === undefined ? failedRuling : rulingOf(answer, table, request);
};
