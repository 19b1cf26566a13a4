import type { ConstitutionFile } from '@charterbus/core-models';
import { CompactSign } from 'jose';
import { signaturesPath } from '../container/entry-path.js';
import type { SignatureAlgorithm } from './algorithms.js';
import { documentDigest } from './document-digest.js';
import { privateKey } from './keys.js';

/** With what a bundle is signed. */
export interface SigningKey {
  /** What verifiers know the key by. */
  readonly id: string;
  readonly algorithm: SignatureAlgorithm;
  /** PEM, not encrypted. */
  readonly privateKey: string;
  /** What the signature is made for; verifiers must be configured with the same. */
  readonly scope: string;
}

const byCodeUnit = (left: { name: string }, right: { name: string }): number =>
  left.name < right.name ? -1 : left.name > right.name ? 1 : 0;

/**
 * The content of `.signatures.json` over all files but itself, in OPA's form. Equal for equal files with RSA (PKCS#1) and
 * Ed25519, whose signatures hold no chance.
 */
export const signFiles = async (files: readonly ConstitutionFile[], signer: SigningKey): Promise<ConstitutionFile> => {
  const listed = files
    .filter(({ path }) => path !== signaturesPath)
    .map(({ path, bytes }) => ({ name: path, hash: documentDigest(path, bytes), algorithm: 'SHA-256' }))
    .toSorted(byCodeUnit);
  const key = privateKey(signer.privateKey, signer.algorithm, signer.id);
  // The claim beside the header is for OPA, which knows the key by either.
  const claims = { files: listed, scope: signer.scope, keyid: signer.id };
  const token = await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: signer.algorithm, kid: signer.id })
    .sign(key);
  return { path: signaturesPath, bytes: Buffer.from(`${JSON.stringify({ signatures: [token] }, undefined, 1)}\n`) };
};
