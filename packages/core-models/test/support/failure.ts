import type { CharterbusError } from '../../src/index.js';

export interface Failure {
  /** Nothing was thrown. */
  readonly none: boolean;
  readonly error: unknown;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a call throws, read as an error of ours; empty fields where it is none. */
export const failureOf = (call: () => unknown): Failure => {
  try {
    call();
  } catch (error) {
    const { code = '', message = '', details = {} } = error as Partial<CharterbusError>;
    return { none: false, error, code, message, details };
  }
  return { none: true, error: undefined, code: '', message: '', details: {} };
};
