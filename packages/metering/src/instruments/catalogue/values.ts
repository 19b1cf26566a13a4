import { errorCatalogue } from '@charterbus/core-models';

/** The value of a label that does not apply to a series. */
export const none = 'none';

/** All stable codes, and those by which deliveries and holds end that no error has. */
export const codes: readonly string[] = Object.freeze(Object.keys(errorCatalogue));

export const endCodes: readonly string[] = Object.freeze([
  ...new Set([...codes, 'DROPPED', 'HANDLER_FAILED', 'LEASE_EXPIRED', 'NACKED', 'REFUSED', 'REJECTED', 'REPLY_LATE']),
]);

export const points: readonly string[] = Object.freeze(['send', 'receive']);

export const causes: readonly string[] = Object.freeze([
  'policy',
  'default',
  'error',
  'timeout',
  'facts',
  'screen',
  'routing',
  'halt',
  'quota',
  'hold',
]);

/** Kinds of engines. */
export const engines: readonly string[] = Object.freeze([
  'cedar',
  'static',
  'opa',
  'opa-wasm',
  'separation-of-powers',
  'composite',
]);
