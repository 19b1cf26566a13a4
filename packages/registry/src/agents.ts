import type { Agent } from '@charterbus/core-models';

export type AgentStatus = 'active' | 'quarantined' | 'expired';

export interface Quarantine {
  readonly reason: string;
  /** Milliseconds since the epoch; of the newest reason. */
  readonly since: number;
}

export interface AgentState {
  /** Quarantined also where the lease has run out as well. Only active agents are routed to. */
  readonly status: AgentStatus;
  /** When the lease runs out, as far as this process knows, in milliseconds since the epoch. */
  readonly leaseUntil?: number;
  /** When this process last heard of the agent, in milliseconds since the epoch. Absent: not since it was opened. */
  readonly heardAt?: number;
  readonly quarantine?: Quarantine;
}

/** What is to change of an agent. Absent: stays as it is; `null`: is taken away. */
export interface AgentPatch {
  readonly role?: string | null;
  readonly capabilities?: readonly string[];
  readonly type?: string | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly publicKey?: string | null;
  readonly leaseMs?: number | null;
}

export type RegistryChangeKind =
  | 'registered'
  /** It has another revision. Where it registered anew by its key, all its credentials have ended, too. */
  | 'updated'
  | 'unregistered'
  /** Or quarantined for another reason. */
  | 'quarantined'
  | 'reinstated'
  /** Its lease has run out. */
  | 'expired'
  /** It was heard of again, or needs no lease any more. */
  | 'returned'
  /** Credentials were issued, replaced or revoked: ask `isInForce` of those that were let in. */
  | 'credentials';

export interface RegistryChange {
  readonly kind: RegistryChangeKind;
  /** As it is after the change; of `unregistered`, as it was. */
  readonly agent: Agent;
}

export interface AgentFilter {
  readonly tenant?: string;
  /** In every tenant where the filter names none. */
  readonly id?: string;
  readonly capability?: string;
  readonly role?: string;
  readonly type?: string;
  readonly status?: AgentStatus;
  /** The `next` of the page before. */
  readonly after?: string;
  /** Agents on a page, 1 to 1000. Default 100. */
  readonly limit?: number;
}

export interface AgentPage {
  /** Sorted by `tenant/id`. */
  readonly agents: readonly Agent[];
  /** Absent on the last page. */
  readonly next?: string;
}
