import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { ConfigurationError } from '@charterbus/core-models';
import { isSignatureAlgorithm, misfit, type SignatureAlgorithm, signatureAlgorithms } from './algorithms.js';

/** Nothing of the key is in the message, and no cause, which might quote it. */
const refuse = (message: string): never => {
  throw new ConfigurationError('CONFIGURATION_INVALID', message);
};

/** An algorithm by its name, as configuration and command line state it. */
export const signatureAlgorithm = (name: string): SignatureAlgorithm =>
  isSignatureAlgorithm(name)
    ? name
    : refuse(
        `${JSON.stringify(name.slice(0, 20))} is no algorithm for bundles; one of ${signatureAlgorithms.join(', ')} is.`,
      );

const fitting = (key: KeyObject, algorithm: SignatureAlgorithm, id: string): KeyObject => {
  const wrong = misfit(key, algorithm);
  return wrong === undefined ? key : refuse(`The key ${id} does not fit: ${wrong}.`);
};

const parse = (make: (pem: string) => KeyObject, pem: string): KeyObject | undefined => {
  try {
    return make(pem);
  } catch {
    return undefined;
  }
};

/** A private key in PEM (PKCS#8, PKCS#1 or SEC 1, not encrypted). */
export const privateKey = (pem: string, algorithm: SignatureAlgorithm, id: string): KeyObject => {
  const key = parse(createPrivateKey, pem) ?? refuse(`The key ${id} is not an unencrypted private key in PEM.`);
  return fitting(key, algorithm, id);
};

/** A public key or a certificate in PEM. A private key is refused: it has no business where bundles are verified. */
export const publicKey = (pem: string, algorithm: SignatureAlgorithm, id: string): KeyObject => {
  if (pem.includes('PRIVATE KEY-----')) refuse(`The key ${id} is a private key; the public one is needed.`);
  const key = parse(createPublicKey, pem) ?? refuse(`The key ${id} is not a public key or certificate in PEM.`);
  return fitting(key, algorithm, id);
};

const ofCurves: Readonly<Record<string, SignatureAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/** The usual algorithm of a key: the one of its curve, of RSA the one that OPA takes by default. */
export const usualAlgorithm = (pem: string, id: string): SignatureAlgorithm => {
  const key = parse(pem.includes('PRIVATE KEY-----') ? createPrivateKey : createPublicKey, pem);
  const { asymmetricKeyType: type, asymmetricKeyDetails } =
    key ?? refuse(`The key ${id} is not an unencrypted key in PEM.`);
  if (type === 'rsa') return 'RS256';
  if (type === 'ed25519') return 'EdDSA';
  return (
    ofCurves[asymmetricKeyDetails?.namedCurve ?? ''] ??
    refuse(`The key ${id} is of no kind that bundles are signed with.`)
  );
};
