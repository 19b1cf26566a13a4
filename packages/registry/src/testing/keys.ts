import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { AgentReference } from '@charterbus/core-models';
import type { KeyProof } from '../credentials/credential.js';
import { signChallenge } from '../credentials/sign-challenge.js';
import type { Registry } from '../registry.js';

/** A key of an agent, and its public half as a registry keeps it. */
export const makeKey = (): { readonly privateKey: KeyObject; readonly publicKey: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: publicKey.export({ format: 'jwk' }).x ?? '' };
};

/** A proof that the registry has just asked for; with a draft, one to register anew by. */
export const proofOf = async (
  registry: Registry,
  agent: AgentReference,
  privateKey: KeyObject,
  draft?: unknown,
): Promise<KeyProof> => {
  const { challenge, audience } = await registry.challenge(agent);
  return { challenge, signature: signChallenge({ challenge, agent, audience, draft }, privateKey) };
};
