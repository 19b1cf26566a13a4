import { type Clock, labelSchema, OperationError } from '@charterbus/core-models';
import type { Rotation, TokenRequest } from './credential.js';
import { longestOverlapMs, longestReason, mostScopes } from './limits.js';

const invalid = (why: string): OperationError => new OperationError('REQUEST_INVALID', why);

/** @throws OperationError `REQUEST_INVALID` */
export const parseScopes = (scopes: readonly string[] | undefined): readonly string[] | undefined => {
  if (scopes === undefined) return undefined;
  const stated: unknown = scopes;
  const isValid =
    Array.isArray(stated) && stated.length <= mostScopes && stated.every((one) => labelSchema.safeParse(one).success);
  if (!isValid) throw invalid(`Scopes are a list of at most ${mostScopes} labels.`);
  return Object.freeze([...new Set(scopes)].toSorted());
};

/** @throws OperationError `REQUEST_INVALID` */
export const parseTokenRequest = (request: TokenRequest, clock: Pick<Clock, 'now'>): TokenRequest => {
  const { scopes, expiresAt, label } = request;
  if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && expiresAt > clock.now())) {
    throw invalid('A token expires at a whole number of milliseconds since the epoch that is to come.');
  }
  if (label !== undefined && !labelSchema.safeParse(label).success) throw invalid('The label is not valid.');
  const parsedScopes = parseScopes(scopes);
  return {
    ...(parsedScopes === undefined ? {} : { scopes: parsedScopes }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(label === undefined ? {} : { label }),
  };
};

/** @throws OperationError `REQUEST_INVALID` */
export const parseOverlap = ({ overlapMs = 0 }: Rotation): number => {
  if (Number.isSafeInteger(overlapMs) && overlapMs >= 0 && overlapMs <= longestOverlapMs) return overlapMs;
  throw invalid(`An overlap is a whole number of milliseconds up to ${longestOverlapMs}.`);
};

/** @throws OperationError `REQUEST_INVALID` */
export const parseReason = (reason: unknown): string => {
  if (typeof reason === 'string' && reason.length > 0 && reason.length <= longestReason && reason.isWellFormed()) {
    return reason;
  }
  throw invalid(`A reason is a text of 1 to ${longestReason} characters.`);
};
