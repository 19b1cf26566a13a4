import type { Cause } from '@charterbus/core-models';
import type { OperationCounts, UsageOperation, UsageOutcome, UsageTier } from '@charterbus/metering';

/** What of a verdict tells what it took. */
export interface VerdictTrait {
  readonly cause: Cause;
  /** Whether facts were gathered for it, or were wanting. */
  readonly facts: boolean;
}

/** Of these the policies were asked. */
const askedPolicies: ReadonlySet<Cause> = new Set<Cause>(['policy', 'default', 'error', 'timeout']);
/** These came before anybody compared the attestation. */
const beforeAttestation: ReadonlySet<Cause> = new Set<Cause>(['halt', 'quota']);

const interned = new Map<string, OperationCounts>();

/** Equal counts are one object: there are few of them, and each message has some. */
const countsOf = (counts: Partial<Record<UsageOperation, number>>): OperationCounts => {
  const present = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  const key = JSON.stringify(present);
  const known = interned.get(key);
  if (known !== undefined) return known;
  const made = Object.freeze(present) as OperationCounts;
  // Held messages to very many recipients are not worth a place each.
  if (interned.size < 256) interned.set(key, made);
  return made;
};

/** What an admission took: `verdicts` are those at `send` and, where one was reached, at `receive`. */
export const admissionOperations = (
  verdicts: readonly VerdictTrait[],
  { held, leaf }: { readonly held: number; readonly leaf: boolean },
): OperationCounts => {
  const [first] = verdicts;
  return countsOf({
    constitutional_validation: first === undefined || beforeAttestation.has(first.cause) ? 0 : 1,
    agent_message: 1,
    policy_evaluation: verdicts.filter(({ cause }) => askedPolicies.has(cause)).length,
    compliance_check: verdicts.filter(({ facts }) => facts).length,
    audit_write: leaf ? 1 : 0,
    deliberation_request: held,
  });
};

/** Whether an event of an entry means that the policies were asked once more. */
const judgedAnew = (event: string, effect: string): boolean =>
  event === 'judged-again' ||
  event === 'held' ||
  event === 'passed' ||
  (event === 'dead-lettered' && effect === 'deny');

/** What became of an entry, as its leaf says it. */
export interface SettlementTrait {
  readonly event: string;
  readonly reason: string | undefined;
  readonly verdict: VerdictTrait & { readonly effect: string };
  readonly leaf: boolean;
}

/** Nobody decided: time was up, or the recipient had gone. */
const withoutDecision: ReadonlySet<string | undefined> = new Set([
  'HOLD_TIMED_OUT',
  'MESSAGE_EXPIRED',
  'RECIPIENT_UNREACHABLE',
  'CAPABILITY_ABSENT',
  'GROUP_EMPTY',
]);

const isDecision = ({ event, reason }: SettlementTrait): boolean =>
  (event === 'released' || event === 'refused') && !withoutDecision.has(reason);

export const settlementOperations = (settlement: SettlementTrait): OperationCounts => {
  const { event, verdict, leaf } = settlement;
  const judged = judgedAnew(event, verdict.effect) && askedPolicies.has(verdict.cause);
  return countsOf({
    policy_evaluation: judged ? 1 : 0,
    compliance_check: judged && verdict.facts ? 1 : 0,
    audit_write: leaf ? 1 : 0,
    deliberation_request: event === 'held' ? 1 : 0,
    hitl_approval: isDecision(settlement) ? 1 : 0,
  });
};

/** A leaf that is of no message. */
export const otherOperations: OperationCounts = countsOf({ audit_write: 1 });

const outcomes: Readonly<Record<string, UsageOutcome>> = {
  delivered: 'delivered',
  'dead-lettered': 'failed',
  released: 'decided',
  refused: 'decided',
  held: 'escalate',
};

export const outcomeOfEvent = (event: string): UsageOutcome => outcomes[event] ?? 'other';

/** Whose messages are of the tier `enterprise`, by the id of the tenant. */
export type EnterpriseTenants = ReadonlySet<string>;

export const tierOf = (
  tenant: string,
  { held, facts }: { readonly held: boolean; readonly facts: boolean },
  enterprise: EnterpriseTenants,
): UsageTier => {
  if (enterprise.has(tenant)) return 'enterprise';
  if (held) return 'deliberation';
  return facts ? 'enhanced' : 'standard';
};
