import type { AgentRecord } from './agent-view.js';

/** Keeps changes; each resolves when it is durable, and rejects when nothing of it was kept. */
export interface Journal {
  /** @throws AgentError `AGENT_ALREADY_REGISTERED` where the store knows the agent already. */
  add(record: AgentRecord): Promise<void>;
  remove(record: AgentRecord): Promise<void>;
}
