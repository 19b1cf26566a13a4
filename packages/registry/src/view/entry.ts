import type { AgentStatus } from '../agents.js';
import type { AgentRecord } from '../record/agent-record.js';

/** An agent in memory: what is kept of it, and what is known of its being there, which is not kept. */
export interface Entry {
  record: AgentRecord;
  isExpired: boolean;
  /** Milliseconds since the epoch. */
  heardAt: number | undefined;
  /** On the monotonic clock. */
  leaseEndsAt: number | undefined;
}

export const entryOf = (record: AgentRecord): Entry => ({
  record,
  isExpired: false,
  heardAt: undefined,
  leaseEndsAt: undefined,
});

export const statusOf = ({ record, isExpired }: Entry): AgentStatus => {
  if (record.quarantine !== undefined) return 'quarantined';
  return isExpired ? 'expired' : 'active';
};

export const isActive = ({ record, isExpired }: Entry): boolean => record.quarantine === undefined && !isExpired;
