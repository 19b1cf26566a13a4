/**
 * What processes of one run did and saw. Moments are milliseconds of the machine's monotonic clock, which all its processes
 * share and nobody sets: `from` is before the call, `at` after its answer.
 */
interface Seen {
  /** Which process. */
  readonly by: string;
  readonly from: number;
  readonly at: number;
}

/** A message is about to be sent, so that it is known of though its answer may never come. */
interface Sending extends Seen {
  readonly kind: 'sending';
  /** Names what is sent, through all attempts: its dedupe key. */
  readonly send: string;
  /** Whatever whoever goes on after a kill needs to send the same. */
  readonly draft?: Readonly<Record<string, unknown>>;
}

export interface Received extends Seen {
  readonly kind: 'receipt';
  readonly send: string;
  readonly message: string;
  readonly leaf: number;
  readonly duplicate: boolean;
  readonly durability: string;
}

interface Refused extends Seen {
  readonly kind: 'refused';
  readonly send: string;
  readonly code: string;
}

export interface Leased extends Seen {
  readonly kind: 'leased';
  readonly delivery: string;
  readonly message: string;
  readonly token: number;
  readonly attempt: number;
  readonly leaseMs: number;
  /** The lease ends with the process that has it: a handler's. */
  readonly local: boolean;
  /** The answer came by a way that may be cut: whoever gave it may know that it did not arrive, and give it to another one. */
  readonly unsure?: boolean;
  /** Milliseconds since the epoch, by the clock of whoever gives, at `from`. */
  readonly wall: number;
  readonly expiresAt?: number;
}

/** Asked for, not yet answered: it may have happened from here on. */
export interface Settling extends Seen {
  readonly kind: 'settling';
  readonly delivery: string;
  readonly token: number;
  readonly outcome: 'ack' | 'nack' | 'reject';
}

export interface Settled extends Seen {
  readonly kind: 'settled';
  readonly delivery: string;
  readonly token: number;
  readonly outcome: 'ack' | 'nack' | 'reject';
}

interface SettlementRefused extends Seen {
  readonly kind: 'settlement-refused';
  readonly delivery: string;
  readonly token: number;
  readonly code: string;
}

/** A process is gone, and what it alone had with it. */
interface Ended extends Seen {
  readonly kind: 'ended';
  readonly process: string;
}

/** The wall clock by which leases outlive a restart was set. */
interface Jumped extends Seen {
  readonly kind: 'jumped';
  readonly milliseconds: number;
}

export interface FoundDelivery {
  readonly id: string;
  readonly recipient: string;
  readonly state: string;
  readonly attempts: number;
  readonly reason?: string;
}

/** What is there at the end of the run. */
export interface Found extends Seen {
  readonly kind: 'found';
  readonly message: string;
  readonly send: string;
  /** The place of its admission in the log. */
  readonly leaf: number;
  readonly orderingKey?: string;
  readonly deliveries: readonly FoundDelivery[];
}

/** The log at the end of the run. */
interface Log extends Seen {
  readonly kind: 'log';
  readonly leaves: number;
  /** Places below `leaves` where nothing is. */
  readonly gaps: readonly number[];
}

export type HistoryEvent =
  | Sending
  | Received
  | Refused
  | Leased
  | Settling
  | Settled
  | SettlementRefused
  | Ended
  | Jumped
  | Found
  | Log;
