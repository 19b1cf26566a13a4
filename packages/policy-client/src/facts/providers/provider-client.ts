import type { JsonValue } from '@charterbus/core-models';

export interface Question {
  readonly operands: readonly JsonValue[];
  /** The canonical JSON text of the operands. */
  readonly text: string;
}

/** What became of a question: a loaded value of the declared type, or why there is none. */
export type ProviderAnswer =
  | { readonly value: unknown; readonly failure?: never }
  | { readonly value?: never; readonly failure: { readonly cause: unknown } };

/** Asks one provider. Fail closed: what is not a valid answer is a failure. */
export interface ProviderClient {
  /** Answers at once where it can. Never throws or rejects; an abort is a failure. */
  ask(question: Question, signal: AbortSignal): ProviderAnswer | Promise<ProviderAnswer>;
}
