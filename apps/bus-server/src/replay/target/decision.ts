import {
  type Durability,
  type Effect,
  type ErrorCode,
  errorCatalogue,
  type FactsRecord,
  type PolicySource,
} from '@charterbus/core-models';
import type { Decision, Explanation } from './replay-target.js';

/** The part of a verdict that a decision is made of. */
interface StatedVerdict {
  readonly effect: Effect;
  readonly reasons: readonly string[];
  readonly policies: readonly string[];
}

/** The part of a verdict that an explanation is made of. */
interface ExplainedVerdict {
  readonly effect: Effect;
  readonly sources?: readonly PolicySource[] | undefined;
  readonly facts?: FactsRecord | undefined;
}

interface StatedReceipt {
  readonly messageId: string;
  readonly status: 'accepted' | 'held';
  readonly verdicts: readonly StatedVerdict[];
  readonly durability: Durability;
}

const union = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())];

/** The decision that a receipt tells: of a held message only what escalated it. */
export const receiptDecision = ({ messageId, status, verdicts, durability }: StatedReceipt): Decision => {
  const verdict = status === 'accepted' ? 'allow' : 'escalate';
  const deciding = verdicts.filter(({ effect }) => effect === verdict);
  const reasons = union(deciding.map((stated) => stated.reasons));
  const policies = union(deciding.map((stated) => stated.policies)).toSorted();
  return { verdict, messageId, reasons, policies, durability };
};

/** Refusals of a message that are not the policies' but say as surely that it will not be delivered. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'MESSAGE_INVALID',
  'MESSAGE_MALFORMED',
  'MESSAGE_TOO_LARGE',
  'MESSAGE_EXPIRED',
  'RECIPIENT_UNREACHABLE',
  'CONSTITUTIONAL_HASH_MISSING',
]);

/**
 * Whether the code decides about the message. Every other failure says something about the bus, the run or who is
 * speaking, and a replay that went on would count what was never judged.
 */
export const isDenial = (code: ErrorCode): boolean => errorCatalogue[code].category === 'policy' || refusals.has(code);

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** The decision that a denial tells, by its code and what stands beside it. */
export const denialDecision = (code: ErrorCode, details: Readonly<Record<string, unknown>>): Decision => {
  const { messageId } = details;
  const reasons = textsOf(details['reasons']);
  return {
    verdict: 'deny',
    ...(typeof messageId === 'string' ? { messageId } : {}),
    // Behind a code stand the names of what was wanting: they are told with the facts, and are no rules.
    reasons: reasons.length === 0 || reasons[0] === code ? [code] : reasons,
    policies: textsOf(details['policies']),
  };
};

/** What the verdicts of one effect say of why. Of several that knew facts, the first: at `send`, where calls are judged. */
export const explanationOf = (effect: Effect, verdicts: readonly ExplainedVerdict[]): Explanation => {
  const deciding = verdicts.filter((verdict) => verdict.effect === effect);
  const sources = deciding.flatMap((verdict) => verdict.sources ?? []);
  const facts = deciding.find((verdict) => verdict.facts !== undefined)?.facts;
  const once = [...new Map(sources.map((source) => [source.policy, source])).values()];
  return { ...(once.length === 0 ? {} : { sources: once }), ...(facts === undefined ? {} : { facts }) };
};

/** Of a message that has these codes there is nothing more to learn. */
const forgotten: ReadonlySet<ErrorCode> = new Set(['MESSAGE_GONE', 'MESSAGE_NOT_FOUND']);

export const isForgotten = (code: ErrorCode): boolean => forgotten.has(code);
