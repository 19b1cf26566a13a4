import { createPublicKey } from 'node:crypto';
import { ConfigurationError } from '@charterbus/core-models';
import { z } from 'zod';
import type { BundleTrustOptions } from './bundle-trust.js';
import { signatureAlgorithm, usualAlgorithm } from './keys.js';

type PublicKeys = BundleTrustOptions['keys'];

/** Nothing of the key is in the message, and no cause, which might quote it. */
const refuse = (message: string): never => {
  throw new ConfigurationError('CONFIGURATION_INVALID', message);
};

const mostKeys = 32;
const text = z.string().min(1).max(256);
const setSchema = z.object({
  keys: z
    .array(z.looseObject({ kid: text, kty: text, alg: text.optional(), use: text.optional() }))
    .min(1)
    .max(mostKeys),
});

type Jwk = z.output<typeof setSchema>['keys'][number];

const pemOf = (key: Jwk): string => {
  // With these it could sign; and a symmetric one is its own private key.
  if ('d' in key || 'k' in key) refuse(`The key ${key.kid} is not a public one alone.`);
  try {
    return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return refuse(`The key ${key.kid} cannot be read.`);
  }
};

const fromSet = (document: string, only: string | undefined): PublicKeys => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    return refuse('The keys are neither PEM nor a JSON Web Key Set.');
  }
  const { data } = setSchema.safeParse(parsed);
  const keys = (data ?? refuse('A JSON Web Key Set has keys, each with kty and kid.')).keys
    .filter(({ kid, use = 'sig' }) => use === 'sig' && (only === undefined || kid === only))
    .map((key) => {
      const publicKey = pemOf(key);
      const algorithm = key.alg === undefined ? usualAlgorithm(publicKey, key.kid) : signatureAlgorithm(key.alg);
      return { id: key.kid, algorithm, publicKey };
    });
  return keys.length > 0 ? keys : refuse('The set has no key of this id to verify signatures with.');
};

/**
 * The public keys of a file: one in PEM, which needs an id, or a JSON Web Key Set (RFC 7517), of which an id picks one.
 *
 * @throws ConfigurationError for what is no public key, or of no kind that bundles are signed with.
 */
export const readPublicKeys = (document: string, id: string | undefined): PublicKeys => {
  if (document.trimStart().startsWith('{')) return fromSet(document, id);
  const named = id ?? refuse('A key in PEM needs an id.');
  return [{ id: named, algorithm: usualAlgorithm(document, named), publicKey: document }];
};
