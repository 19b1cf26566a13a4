import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** Somebody who issues JSON Web Tokens. */
export interface Issuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwk: JWK;
  /** Good for five minutes, unless the claims say otherwise. */
  readonly issue: (claims: JWTPayload & { readonly tenant?: string; readonly scope?: string }) => Promise<string>;
}

const sign = (payload: JWTPayload, kid: string, key: CryptoKey): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', kid }).sign(key);

export const makeIssuer = async (issuer = 'https://issuer.example', kid = 'first'): Promise<Issuer> => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  const audience = 'charterbus';
  return {
    issuer,
    audience,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA' },
    issue: (claims) => {
      const now = Math.floor(Date.now() / 1000);
      return sign({ iss: issuer, aud: audience, iat: now, exp: now + 300, ...claims }, kid, privateKey);
    },
  };
};
