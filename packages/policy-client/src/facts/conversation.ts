import type { JsonValue } from '@charterbus/core-models';

/** Something that an allowed message adds to what is known of its conversation. */
export interface Observation {
  /** What it is about; observations about the same thing replace or follow each other. Opaque outside of `facts/`. */
  readonly about: string;
  /** Whether only the latest is kept, or all, oldest first. */
  readonly keeps: 'latest' | 'all';
  /** Bounded by the manifest's limits. */
  readonly value: JsonValue;
}

/** What is known about one thing. */
export interface Remembered {
  /** Oldest first; of `latest` at most one. */
  readonly values: readonly JsonValue[];
  /** More was observed than is kept, so that nothing can be concluded from what is not here. */
  readonly overflowed: boolean;
}

/**
 * What is known of one conversation, as far as it is committed. Whoever implements it remembers what was asked
 * for, also those that hold nothing: a verdict that rests on them commits only if none of them has changed.
 */
export interface ConversationReader {
  read(about: string): Remembered;
}
