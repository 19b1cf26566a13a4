import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';

export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export const makeIssuerKey = async (kid: string, alg = 'EdDSA'): Promise<IssuerKey> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
};

/** In seconds since the epoch: where a `ManualClock` begins. */
export const startSeconds = Date.UTC(2026, 0, 1) / 1000;

/** Good claims about acme/alice, which a test changes; what is `undefined` is left out. */
export const claimsOf = (change: Readonly<Record<string, unknown>> = {}): JWTPayload =>
  JSON.parse(
    JSON.stringify({
      iss: 'https://issuer.example',
      aud: 'charterbus',
      sub: 'alice',
      tenant: 'acme',
      iat: startSeconds,
      exp: startSeconds + 300,
      ...change,
    }),
  ) as JWTPayload;

export const tokenOf = ({ kid, alg, privateKey }: IssuerKey, claims: JWTPayload = claimsOf()): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(privateKey);

/** A server of keys that a test changes. */
export interface KeyServer {
  readonly url: URL;
  keys: readonly IssuerKey[];
  /** What it says in place of them. */
  answer: { readonly status: number; readonly body: string } | undefined;
  asked: number;
}

export const startKeyServer = async (...keys: readonly IssuerKey[]): Promise<KeyServer> => {
  const server = createServer((_request, response) => {
    state.asked += 1;
    const { status, body } = state.answer ?? {
      status: 200,
      body: JSON.stringify({ keys: state.keys.map(({ jwk }) => jwk) }),
    };
    response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' }).end(body);
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const state: KeyServer = { url: new URL(`http://127.0.0.1:${port}/jwks`), keys, answer: undefined, asked: 0 };
  return state;
};
