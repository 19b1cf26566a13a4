import type { ErrorCode, Remedy } from './catalogue.js';
import { OperationError } from './categories.js';
import { CharterbusError } from './charterbus-error.js';

/** An RFC 9457 problem document with Charterbus' extension members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly remedy: Remedy;
  readonly reasons: readonly string[];
  readonly retryAfterMs?: number;
  readonly [extension: string]: unknown;
}

const reasonsOf = (error: CharterbusError): readonly string[] => {
  const reasons = error.details['reasons'];
  return Array.isArray(reasons) && reasons.every((reason) => typeof reason === 'string') && reasons.length > 0
    ? reasons
    : [error.code];
};

/** Anything thrown, as an error of ours: what is not ours becomes `INTERNAL_ERROR` and tells the caller nothing more. */
export const toCharterbusError = (thrown: unknown): CharterbusError =>
  CharterbusError.isInstance(thrown) && thrown.catalogueEntry !== undefined
    ? thrown
    : new OperationError('INTERNAL_ERROR', "An unexpected error; the server's log has the cause.", { cause: thrown });

/**
 * The one mapping from errors to the wire. Details become extension members; they can never overwrite the members that
 * the RFC and Charterbus define.
 */
export const toProblem = (thrown: unknown): Problem => {
  const error = toCharterbusError(thrown);
  const { status, remedy, title } = error.catalogueEntry;
  const { instance: _, retryAfterMs: __, ...extensions } = error.details;
  return {
    ...extensions,
    type: `urn:charterbus:error:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    remedy,
    reasons: reasonsOf(error),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
};
