import { freezeJson, type JsonValue } from '@charterbus/core-models';
import type { ProviderFunction } from './provider-function.js';

/** The largest answer, in bytes of its JSON text. */
export const largestAnswer = 256 * 1024;

export interface RawAnswer {
  readonly value: JsonValue;
  /** Of its JSON text. */
  readonly bytes: number;
}

/** Takes a question to where it is answered. Rejects where there is no answer; need not heed the signal. */
export type Transport = (operands: readonly JsonValue[], signal: AbortSignal) => Promise<RawAnswer>;

export const functionTransport =
  (ask: ProviderFunction): Transport =>
  async (operands, signal) => {
    const answered: unknown = await ask(operands, signal);
    const value = freezeJson(answered, { depth: 32, bytes: largestAnswer });
    return { value, bytes: Buffer.byteLength(JSON.stringify(value)) };
  };
