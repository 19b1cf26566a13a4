import type { Agent, ErrorCode, Message } from '@charterbus/core-models';

/** Denies the message. */
export interface Rejection {
  readonly kind: 'rejection';
  /** Stable. What is no code of a denial counts as `SCREEN_REJECTED`. */
  readonly code: ErrorCode;
  /** For people. May be empty: a rejection without text is still one. */
  readonly text: string;
  /** Where in the content: a JSON pointer (RFC 6901), at most 1,000 characters. */
  readonly pointer?: string;
}

/** Denies nothing: it is for the policies, which see it as part of the validator's reading, and for the audit. */
export interface Note {
  readonly kind: 'note';
  /** For people. Never holds what it is about, where that is a secret or a person's. */
  readonly text: string;
  /** What sort of thing was found: 1 to 64 lower-case letters and digits with dashes between them. */
  readonly category: string;
  /** From 0 to 100, beyond doubt: a whole number. */
  readonly score: number;
  /** Where in the content: a JSON pointer (RFC 6901), at most 1,000 characters. */
  readonly pointer?: string;
}

/** What one validator found. */
export type Finding = Rejection | Note;

/** What a validator may know beside the message. */
export interface ValidationContext {
  /** Milliseconds since the epoch, read once for the whole admission. */
  readonly now: number;
  readonly sender: Agent;
  readonly attestation: {
    /** The short hash in force. */
    readonly shortHash: string;
    /** That of the constitution before, while agents may still state it. */
    readonly previous?: string;
    readonly required: boolean;
  };
  /** Whether this message must be signed by its sender. Absent: it may be. */
  readonly signatures?: { readonly required: boolean };
}

/**
 * One check of one message. Whatever it throws, and an answer that does not come in time, is a rejection. It must not
 * change the message (which is frozen) and must stop waiting when the signal aborts.
 */
export interface Validator {
  readonly name: string;
  /** It always answers at once, so that it needs no signal of its own: the one it gets never aborts. */
  readonly immediate?: true;
  /** The name of the validator that must have let the message pass before this one is asked. */
  readonly after?: string;
  validate(
    message: Message,
    context: ValidationContext,
    signal: AbortSignal,
  ): readonly Finding[] | Promise<readonly Finding[]>;
}
