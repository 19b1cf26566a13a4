import type { ConstitutionFile } from '@charterbus/core-models';
import { compactVerify, decodeProtectedHeader } from 'jose';
import type { z } from 'zod';
import { bundleError } from '../bundle-error.js';
import { signaturesPath } from '../container/entry-path.js';
import { isSignatureAlgorithm } from './algorithms.js';
import type { BundleTrust, TrustedKey } from './bundle-trust.js';
import { claimsSchema, type SignatureClaims, signaturesSchema } from './claims.js';
import { documentDigest } from './document-digest.js';

const refuse = (message: string, details: { readonly file?: string; readonly cause?: unknown } = {}): never => {
  throw bundleError('BUNDLE_SIGNATURE_INVALID', message, details);
};

const parse = <Schema extends z.ZodType>(bytes: Uint8Array, schema: Schema, what: string): z.output<Schema> => {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return schema.parse(value);
  } catch (cause) {
    return refuse(`${what} is not of the form that OPA writes.`, { file: signaturesPath, cause });
  }
};

const headerOf = (token: string): { readonly alg?: unknown; readonly kid?: unknown } => {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    return refuse('the token has no header that can be read.', { file: signaturesPath, cause });
  }
};

interface VerifiedToken {
  readonly keyId: string;
  readonly claims: SignatureClaims;
}

const signedPayload = async (token: string, { id, algorithm, key }: TrustedKey): Promise<Uint8Array> => {
  try {
    return (await compactVerify(token, key, { algorithms: [algorithm] })).payload;
  } catch (cause) {
    return refuse(`the signature was not made with the key ${id} over this token.`, { cause });
  }
};

/** The algorithm is the configured key's, never the token's choice; else a public key could be taken for a secret. */
const verifyToken = async (token: string, trust: BundleTrust): Promise<VerifiedToken> => {
  const { alg, kid } = headerOf(token);
  if (!isSignatureAlgorithm(alg))
    refuse(`the algorithm ${JSON.stringify(alg)?.slice(0, 30)} proves nothing about its maker.`);
  if (kid !== undefined && typeof kid !== 'string') refuse('the id of the key is no text.');
  const key = trust.key(kid as string | undefined) ?? refuse('it is signed with a key that is not configured.');
  if (key.algorithm !== alg)
    refuse(`the key ${key.id} is for ${key.algorithm}, and the token is of another algorithm.`);
  const payload = await signedPayload(token, key);
  return { keyId: key.id, claims: parse(payload, claimsSchema, 'what is signed') };
};

const checkClaims = ({ keyId, claims }: VerifiedToken, trust: BundleTrust): void => {
  if (claims.keyid !== undefined && claims.keyid !== keyId) refuse('the token names two keys.');
  if (claims.scope !== trust.scope) refuse('the signature was made for another scope.');
  if (claims.exp !== undefined && trust.clock.now() >= claims.exp * 1_000) refuse('the signature has expired.');
};

const listed = ({ files }: SignatureClaims): ReadonlyMap<string, SignatureClaims['files'][number]> => {
  const byName = new Map(files.map((file) => [file.name, file]));
  if (byName.size !== files.length) refuse('the signature lists a file twice.');
  return byName;
};

/** Every file that is there is listed, every listed file is there, and each is what was signed. */
const checkFiles = (files: readonly ConstitutionFile[], claims: SignatureClaims): void => {
  const wanted = new Map(listed(claims));
  for (const { path, bytes } of files) {
    const entry = wanted.get(path) ?? refuse('is not covered by the signature.', { file: path });
    if (documentDigest(path, bytes, entry.algorithm) !== entry.hash.toLowerCase())
      refuse('is not what was signed.', { file: path });
    wanted.delete(path);
  }
  const [missing] = wanted.keys();
  if (missing !== undefined) refuse('is signed and not there.', { file: missing });
};

/**
 * Holds the files of a bundle against the one token in `.signatures.json`, as OPA does and a little more strictly.
 *
 * @returns the id of the key that signed.
 * @throws ConstitutionalError `BUNDLE_SIGNATURE_INVALID`.
 */
export const verifySignature = async (files: readonly ConstitutionFile[], trust: BundleTrust): Promise<string> => {
  const signatures = files.find(({ path }) => path === signaturesPath);
  if (signatures === undefined) return refuse('it is not signed.');
  const [token = ''] = parse(signatures.bytes, signaturesSchema, 'the file of signatures').signatures;
  const verified = await verifyToken(token, trust);
  checkClaims(verified, trust);
  checkFiles(
    files.filter(({ path }) => path !== signaturesPath),
    verified.claims,
  );
  return verified.keyId;
};
