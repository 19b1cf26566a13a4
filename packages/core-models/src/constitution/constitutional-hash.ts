import { type Digest, sha256 } from '../digest.js';

/** One file of a constitution: its path with forward slashes, relative to the root, and its bytes. */
export interface ConstitutionFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a bundle says of itself and its signatures are made over the hash, and generated files from the content. */
const isLeftOut = (path: string): boolean =>
  path === '.signatures.json' || path === '.manifest' || path.startsWith('generated/');

const byCodeUnit = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * The full constitutional hash: SHA-256 over one line `<SHA-256 of the file's bytes>  <path>\n` for each file, sorted by
 * path; `sha256sum` prints these lines, so that anyone can check it with a shell, inside the directory:
 *
 *     find . -type f ! -path ./.signatures.json ! -path ./.manifest ! -path './generated/*' | sed 's|^\./||' \
 *       | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum
 *
 * Sorted by UTF-16 code unit, which is the byte order of `LC_ALL=C` for every path that a constitution may hold: letters,
 * digits and `. _ - /`.
 */
export const constitutionalHash = (files: readonly ConstitutionFile[]): Digest =>
  sha256(
    files
      .filter((file) => !isLeftOut(file.path))
      .map((file) => ({ path: file.path, digest: sha256(file.bytes) }))
      .toSorted((left, right) => byCodeUnit(left.path, right.path))
      .map((file) => `${file.digest}  ${file.path}\n`)
      .join(''),
  );

/** The short form: the first 16 hex digits, which messages carry as attestation. */
export const shortHash = (hash: Digest): string => hash.slice(0, 16);
