import type { KeyObject } from 'node:crypto';

/**
 * Of JSON Web Signatures, those with a public key. Symmetric ones are left out on purpose: whoever verifies could sign.
 * OPA 1.4.2 knows all of them but EdDSA.
 */
export const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

export const isSignatureAlgorithm = (name: unknown): name is SignatureAlgorithm =>
  (signatureAlgorithms as readonly unknown[]).includes(name);

const curves: Readonly<Record<string, string>> = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' };

/** What keeps a key from being used with an algorithm, if anything does. */
export const misfit = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, algorithm: SignatureAlgorithm) => {
  if (algorithm === 'EdDSA') return asymmetricKeyType === 'ed25519' ? undefined : 'EdDSA needs an Ed25519 key';
  const curve = curves[algorithm];
  if (curve !== undefined) {
    const fits = asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === curve;
    return fits ? undefined : `${algorithm} needs a key on the curve ${curve}`;
  }
  if (asymmetricKeyType !== 'rsa') return `${algorithm} needs an RSA key`;
  return (asymmetricKeyDetails?.modulusLength ?? 0) < 2048 ? 'an RSA key needs at least 2048 bits' : undefined;
};
