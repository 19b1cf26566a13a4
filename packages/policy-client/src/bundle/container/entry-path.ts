import { isReadablePath } from '../../source/file-rules.js';
import { bundleError } from '../bundle-error.js';

export const manifestPath = '.manifest';
export const signaturesPath = '.signatures.json';

/**
 * Names to which OPA gives a meaning of its own wherever they end a path: it takes every `…signatures.json` for the
 * signatures, every `….manifest` for the manifest, and verifies nothing at all beside a `patch.json`. What two readers
 * understand differently must not be in a bundle.
 */
const opaOwn = ['signatures.json', '.manifest', 'patch.json'];

const isAmbiguous = (path: string): boolean =>
  path !== manifestPath && path !== signaturesPath && opaOwn.some((name) => path.endsWith(name));

/** Throws for a path that no bundle may hold. */
export const checkEntryPath = (path: string): void => {
  if (!isReadablePath(path)) {
    const message =
      'is not a path that a bundle may hold: letters, digits and . _ - with forward slashes, nothing hidden.';
    throw bundleError('BUNDLE_INVALID', message, { file: path });
  }
  if (isAmbiguous(path)) {
    throw bundleError('BUNDLE_INVALID', 'has a name that OPA understands in its own way.', { file: path });
  }
};

/**
 * The path that a tar's name stands for. `opa build` writes `/data.json` and `tar` writes `./data.json`: both are
 * relative to the bundle, and each prefix is taken off once.
 */
export const entryPath = (name: string): string => {
  const path = name.startsWith('./') ? name.slice(2) : name.startsWith('/') ? name.slice(1) : name;
  checkEntryPath(path);
  return path;
};
