import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Message, signingInput } from '@charterbus/core-models';
import { LRUCache } from 'lru-cache';
import type { Finding, Validator } from '../validator.js';
import { type DetachedJws, readDetachedJws } from './detached-jws.js';

export interface SignatureOptions {
  /** How many agents' keys are kept ready; the others' are read anew. */
  readonly keys?: number;
}

const reject = (code: 'SIGNATURE_REQUIRED' | 'SIGNATURE_INVALID', text: string): readonly Finding[] =>
  Object.freeze([Object.freeze({ kind: 'rejection', code, text })]);

const missing = reject('SIGNATURE_REQUIRED', 'Sign the message with the key that your agent is registered with.');
const keyless = reject('SIGNATURE_REQUIRED', 'The message must be signed, and its sender is registered without a key.');
const unknown = reject('SIGNATURE_INVALID', 'The message is signed, and its sender is registered without a key.');
const malformed = reject('SIGNATURE_INVALID', 'The signature is not of the form that is verified here.');
const wrong = reject('SIGNATURE_INVALID', 'The signature is not one of the sender over this message.');

const isSigned = (message: Message, { protectedHeader, signature }: DetachedJws, key: KeyObject): boolean =>
  verify(null, Buffer.from(signingInput(protectedHeader, message), 'utf8'), key, signature);

/**
 * Verifies the sender's own signature over what it states (Ed25519, RFC 8037, see `signMessage`). An unsigned message passes
 * unless the context requires one; a signed one passes only if its signature is the registered key's over this very message.
 */
export const createSignatureValidator = ({ keys = 1000 }: SignatureOptions = {}): Validator => {
  const ready = new LRUCache<string, KeyObject>({ max: keys });
  const keyOf = (publicKey: string): KeyObject => {
    const known = ready.get(publicKey);
    if (known !== undefined) return known;
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    ready.set(publicKey, key);
    return key;
  };
  return Object.freeze({
    name: 'signature',
    immediate: true,
    validate(message, { sender: { publicKey }, signatures }) {
      const required = signatures?.required === true;
      if (message.signature === undefined) {
        if (!required) return [];
        return publicKey === undefined ? keyless : missing;
      }
      if (publicKey === undefined) return unknown;
      const jws = readDetachedJws(message.signature);
      if (jws === undefined) return malformed;
      return isSigned(message, jws, keyOf(publicKey)) ? [] : wrong;
    },
  } satisfies Validator);
};
