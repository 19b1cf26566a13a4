import { createHash } from 'node:crypto';
import { bundleError } from '../bundle-error.js';
import { canonicalJsonDocument } from './json-document.js';
import { canonicalYamlDocument } from './yaml-document.js';

/** OPA's names of hashes and Node's. OPA knows MD5 and SHA-1 besides, which prove nothing any more. */
const hashes: ReadonlyMap<string, string> = new Map([
  ['SHA-224', 'sha224'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
  ['SHA-512-224', 'sha512-224'],
  ['SHA-512-256', 'sha512-256'],
]);

type Canonical = (text: string, file: string) => string;

/** By base name, as OPA does: these are hashed by what they say, all others by their bytes. */
const structured: ReadonlyMap<string, Canonical> = new Map([
  ['.manifest', canonicalJsonDocument],
  ['data.json', canonicalJsonDocument],
  ['data.yaml', canonicalYamlDocument],
]);

const textOf = (path: string, bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw bundleError('BUNDLE_SIGNATURE_INVALID', 'is not UTF-8 text.', { file: path, cause });
  }
};

/**
 * The hash of one file for `.signatures.json`, in hex. Not our constitutional hash, which is over the bytes of every file.
 *
 * @throws ConstitutionalError `BUNDLE_SIGNATURE_INVALID` for another algorithm, or a structured file that is not of its kind.
 */
export const documentDigest = (path: string, bytes: Uint8Array, algorithm = 'SHA-256'): string => {
  const name = hashes.get(algorithm);
  if (name === undefined) {
    const message = `is hashed with ${JSON.stringify(algorithm.slice(0, 20))}; a hash of the SHA-2 family is needed.`;
    throw bundleError('BUNDLE_SIGNATURE_INVALID', message, { file: path });
  }
  const canonical = structured.get(path.slice(path.lastIndexOf('/') + 1));
  const content = canonical === undefined ? bytes : canonical(textOf(path, bytes), path);
  return createHash(name).update(content).digest('hex');
};
