import { ConstitutionalError } from '@charterbus/core-models';

/** What can be wrong with a bundle, apart from what can be wrong with the constitution in it. */
export type BundleErrorCode =
  | 'BUNDLE_INVALID'
  | 'BUNDLE_SIGNATURE_INVALID'
  | 'BUNDLE_NOT_PUBLISHED'
  | 'BUNDLE_REVOKED'
  | 'BUNDLE_STALE'
  | 'BUNDLE_UNAVAILABLE';

/**
 * @param file the path inside the bundle that it is about, cut short since it may be a stranger's.
 */
export const bundleError = (
  code: BundleErrorCode,
  message: string,
  {
    file,
    cause,
    ...details
  }: { readonly file?: string; readonly cause?: unknown; readonly [detail: string]: unknown } = {},
): ConstitutionalError => {
  const about = file === undefined ? '' : `${JSON.stringify(file.slice(0, 200)).slice(1, -1)}: `;
  return new ConstitutionalError(code, `The bundle: ${about}${message}`, {
    details: file === undefined ? details : { ...details, file: file.slice(0, 512) },
    ...(cause === undefined ? {} : { cause }),
  });
};
