import type { Agent, ErrorCode, Message } from '@charterbus/core-models';

/** What one validator found. A `rejection` denies the message; a `note` is for the policies and the audit. */
export interface Finding {
  readonly kind: 'rejection' | 'note';
  /** The stable code of a rejection. */
  readonly code: ErrorCode;
  /** For people. May be empty: a rejection without text is still one. */
  readonly text: string;
}

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
}

/**
 * One check of one message. Whatever it throws, and an answer that does not come in time, is a rejection. It must not
 * change the message (which is frozen) and must stop waiting when the signal aborts.
 */
export interface Validator {
  readonly name: string;
  /** It always answers at once, so that it needs no signal of its own: the one it gets never aborts. */
  readonly immediate?: true;
  validate(
    message: Message,
    context: ValidationContext,
    signal: AbortSignal,
  ): readonly Finding[] | Promise<readonly Finding[]>;
}
