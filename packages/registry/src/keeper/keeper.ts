import type { AgentReference, Digest } from '@charterbus/core-models';
import type { RegistryChange } from '../agents.js';
import type { Claim } from '../credentials/used-challenges.js';
import type { Plan } from '../plans/plan.js';
import type { AgentView } from '../view/agent-view.js';

export type Tell = (change: RegistryChange) => void;

/** What differs between registries: who decides about changes, where they are kept, and who else makes some. */
export interface Keeper {
  /** What is committed. Another object where all was loaded anew. */
  readonly view: AgentView;

  /** Makes one change; resolves when it is durable, in the view, and told of. Never two of one agent at a time. */
  change<Result>(plan: Plan<Result>): Promise<Result>;

  /** @throws AgentError `AGENT_NOT_REGISTERED` */
  heartbeat(reference: AgentReference): Promise<void>;

  /** What challenges are made with, and told from those of strangers: the same for all who keep together. */
  secret(): Promise<Uint8Array>;

  /** Marks a challenge as answered; of several claims one is the first. */
  claim(reference: AgentReference, digest: Digest, rememberedMs: number): Promise<Claim>;

  /** @throws StoreError `REGISTRY_STALE` */
  checkCurrent(): void;

  close(): Promise<void>;
}
