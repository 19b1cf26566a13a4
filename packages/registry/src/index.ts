export type {
  AgentFilter,
  AgentPage,
  AgentPatch,
  AgentState,
  AgentStatus,
  Quarantine,
  RegistryChange,
  RegistryChangeKind,
} from './agents.js';
export type {
  Authenticated,
  Challenge,
  Credential,
  IssuedCredential,
  KeyProof,
  Registration,
  Rotation,
  Session,
  SessionRequest,
  TokenRequest,
} from './credentials/credential.js';
export { type ChallengeStatement, challengeText, signChallenge } from './credentials/sign-challenge.js';
export { createMemoryRegistry } from './memory/memory-registry.js';
export { defaultAgents, type RegistryOptions } from './options.js';
export type { Registry } from './registry.js';
export type { ChangeStream, ChangeStreamOptions } from './view/change-stream.js';
