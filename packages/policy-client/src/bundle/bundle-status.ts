import { bundleError } from './bundle-error.js';
import type { BundleStatus, VerifiedBundle } from './verified-bundle.js';

/** With these a bundle may be in force; `deprecated` is worth a warning. */
const activatable: ReadonlySet<BundleStatus> = new Set(['published', 'deprecated']);

/** @throws ConstitutionalError `BUNDLE_REVOKED` or `BUNDLE_NOT_PUBLISHED` for a bundle that may not be in force. */
export const checkStatus = ({ name, revision, status }: Pick<VerifiedBundle, 'name' | 'revision' | 'status'>): void => {
  if (activatable.has(status)) return;
  const code = status === 'revoked' ? 'BUNDLE_REVOKED' : 'BUNDLE_NOT_PUBLISHED';
  throw bundleError(code, `${name} revision ${revision} is ${status}, so it may not be in force.`, {
    name,
    revision,
    status,
  });
};

/** The full hashes that a verified bundle takes out of force: its own where it is revoked, and those that it names. */
export const revokedBy = ({ status, hash, revokes }: VerifiedBundle): readonly string[] =>
  status === 'revoked' ? [hash, ...revokes] : revokes;
