import { type JsonValue, StoreError } from '@charterbus/core-models';
import type { Observation } from '@charterbus/policy-client';
import type { ConversationFact } from '../broker/journal.js';

/** Something that one message made known. */
interface Noted {
  readonly message: string;
  readonly value: JsonValue;
}

/** What is known about one thing in a conversation. Immutable, so that one object stands for one state. */
export interface RememberedFact {
  readonly keeps: Observation['keeps'];
  /** Oldest first. */
  readonly noted: readonly Noted[];
  /** There was more than is kept, so that nothing is kept. */
  readonly overflowed: boolean;
  /** Wall-clock milliseconds at which it is forgotten. */
  readonly until: number;
  /** UTF-16 code units of the values' JSON text, about. */
  readonly size: number;
}

/** Bounds on one conversation. What lies beyond them is not dropped in silence: whoever reads it learns that there was more. */
export const conversationLimits = Object.freeze({
  /** Observations that are kept together about one thing. */
  values: 100,
  /** UTF-16 code units of their JSON text. */
  factSize: 64 * 1024,
  /** Things that something is known about. */
  facts: 500,
});

/** About what an overflow is remembered that concerns the whole conversation. */
export const everything = '*';

/** Something of which there was more than is kept. */
export const overflowedFact = (until: number): RememberedFact =>
  Object.freeze({ keeps: 'all', noted: Object.freeze([]), overflowed: true, until, size: 0 });

const sizeOf = (value: JsonValue): number => JSON.stringify(value).length;

/** What is known after a message was observed. A message that is observed again, after another hold, counts once. */
export const afterObservation = (
  before: RememberedFact | undefined,
  { keeps, value }: Observation,
  { message, until }: { readonly message: string; readonly until: number },
): RememberedFact => {
  if (keeps === 'all' && before?.overflowed === true) return overflowedFact(until);
  const others = keeps === 'latest' ? [] : (before?.noted ?? []).filter((noted) => noted.message !== message);
  const noted = [...others, { message, value }];
  const size = (keeps === 'latest' ? 0 : (before?.size ?? 0)) + sizeOf(value);
  if (noted.length > conversationLimits.values || size > conversationLimits.factSize) return overflowedFact(until);
  return Object.freeze({ keeps, noted: Object.freeze(noted), overflowed: false, until, size });
};

/** As it is stored. */
export const toConversationFact = (conversation: string, about: string, fact: RememberedFact): ConversationFact => ({
  conversation,
  about,
  values: JSON.stringify({ keeps: fact.keeps, noted: fact.noted }),
  overflowed: fact.overflowed,
  until: fact.until,
});

/** @throws StoreError `STORE_CORRUPT`: nothing may rest on what cannot be read. */
export const fromConversationFact = (stored: ConversationFact): RememberedFact => {
  const { about, values, overflowed, until } = stored;
  try {
    const { keeps, noted } = JSON.parse(values) as Pick<RememberedFact, 'keeps' | 'noted'>;
    return Object.freeze({ keeps, noted: Object.freeze(noted), overflowed, until, size: values.length });
  } catch {
    throw new StoreError('STORE_CORRUPT', 'The store is damaged: what is known of a conversation cannot be read.', {
      details: { about },
    });
  }
};
