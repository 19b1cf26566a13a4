import {
  type CharterbusError,
  type ErrorCode,
  errorCatalogue,
  errorOfCode,
  type Verdict,
} from '@charterbus/core-models';

/** Of these the sender learns what to state: the hash in force is no secret. */
const aboutTheHash: ReadonlySet<ErrorCode> = new Set(['CONSTITUTIONAL_HASH_MISMATCH', 'CONSTITUTIONAL_HASH_MISSING']);

/**
 * The error that a sender gets for a denied message; `verdict` must be fit for its eyes.
 *
 * @param retryAfterMs of what a quota stopped: when it is worth trying again.
 */
export const denialError = (
  verdict: Verdict,
  messageId: string,
  shortHash: string,
  retryAfterMs?: number,
): CharterbusError => {
  const { code = 'POLICY_DENIED', reasons, policies, point } = verdict;
  const named = (policies.length > 0 ? policies : (verdict.facts?.wanting ?? [])).join(', ');
  const inForce = aboutTheHash.has(code) ? { constitutionalHash: shortHash } : {};
  const details = { messageId, reasons, policies, point, ...inForce };
  return errorOfCode(code, `${errorCatalogue[code].title}${named === '' ? '' : ` (${named})`}.`, {
    details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
};
