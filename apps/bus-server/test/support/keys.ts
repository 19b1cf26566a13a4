import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export interface AgentKey {
  readonly privateKey: KeyObject;
  /** As a registration states it. */
  readonly publicKey: string;
}

export const makeKey = (): AgentKey => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: String(publicKey.export({ format: 'jwk' }).x) };
};
