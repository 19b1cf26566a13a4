import type { AgentReference, ErrorCode, MessageStatus, RetryOverride, Verdict } from '@charterbus/core-models';
import type { Approval } from '@charterbus/policy-client';

/**
 * Where one message stands for one recipient.
 *
 * `held → queued | refused`, `queued → leased | dead`, `leased → delivered | queued | held | dead`,
 * `dead → queued | dropped`; `refused`, `delivered`, `dropped` and, until it is redriven, `dead` are final.
 */
export type EntryState = 'held' | 'queued' | 'leased' | 'delivered' | 'dead' | 'refused' | 'dropped';

/** What happened to an entry, oldest first; bounded, see `historyLimit`. */
export interface HistoryEvent {
  /** RFC 3339. */
  readonly at: string;
  readonly kind:
    | 'held'
    | 'released'
    | 'refused'
    | 'granted'
    | 'returned'
    | 'delivered'
    | 'retried'
    | 'lease-expired'
    | 'dead-lettered'
    | 'redriven'
    | 'dropped'
    | 'judged-again';
  readonly attempt?: number;
  /** A code of ours, or the words of an operator or consumer. */
  readonly reason?: string;
}

/** One message for one recipient, as it is stored. Immutable: a change makes a new one. */
export interface Entry {
  readonly message: string;
  /** The place of the recipient among those of the message. */
  readonly ordinal: number;
  readonly recipient: AgentReference;
  readonly state: EntryState;
  readonly priority: number;
  /** Orders entries of one priority: by admission, by release for what was held, by its moment for what was put off. */
  readonly position: number;
  /** Attempts begun since the last admission or redrive. */
  readonly attempt: number;
  /** The fencing token of the newest lease; 0 before the first. */
  readonly token: number;
  /** Wall-clock milliseconds; 0 where there is none. */
  readonly notBefore: number;
  readonly leaseUntil: number;
  /** The holder of the lease lives in the bus' process and ends with it. */
  readonly processBound: boolean;
  readonly holdUntil: number;
  readonly expiresAt: number;
  /** With the sender's tenant. Of the entries of one key and one recipient, only the first unfinished may be leased. */
  readonly orderingKey?: string;
  /** In place of the broker's own. */
  readonly retry?: RetryOverride;
  readonly settledAt: number;
  /** The newest verdict at `receive` (at `send`, where that is what holds the entry). */
  readonly verdict: Verdict;
  /** It must be judged at the next grant as if it were sent then: after a redrive, and where its sender put it off. */
  readonly judgeAgain: boolean;
  /** What a release approved; spent by the first delivery or by a redrive. */
  readonly approvals: readonly Approval[];
  /** Why it was dead-lettered or refused. */
  readonly reason?: string;
  readonly history: readonly HistoryEvent[];
}

/** A delivery's id: the same for all attempts at one entry. */
export const deliveryId = (entry: Pick<Entry, 'message' | 'ordinal'>): string => `${entry.message}.${entry.ordinal}`;

const deliveryIdPattern = /^([0-9a-f-]{36})\.(\d{1,7})$/;

/** The parts of a delivery's id, or nothing when it is none. */
export const parseDeliveryId = (id: string): Pick<Entry, 'message' | 'ordinal'> | undefined => {
  const [, message, ordinal] = deliveryIdPattern.exec(id) ?? [];
  return message === undefined ? undefined : { message, ordinal: Number(ordinal) };
};

const historyLimit = 50;

/** Appends to a history; when it is full, the oldest but the first goes. */
export const remember = (history: readonly HistoryEvent[], event: HistoryEvent): readonly HistoryEvent[] =>
  history.length < historyLimit ? [...history, event] : [...history.slice(0, 1), ...history.slice(2), event];

export const isFinal = (state: EntryState): boolean =>
  state === 'delivered' || state === 'dead' || state === 'refused' || state === 'dropped';

/** How an entry that ended without success shows in the status of its message. */
export const expiryCode: ErrorCode = 'MESSAGE_EXPIRED';
/** The reason of an entry whose message cannot be read any more. */
export const damageCode: ErrorCode = 'STORE_CORRUPT';

const statusOf = (entry: Entry): MessageStatus => {
  switch (entry.state) {
    case 'held':
      return 'pending_deliberation';
    case 'queued':
      return 'pending';
    case 'leased':
      return 'processing';
    case 'delivered':
      return 'delivered';
    default:
      return entry.reason === expiryCode ? 'expired' : 'failed';
  }
};

const leastFinishedFirst: readonly MessageStatus[] = [
  'pending_deliberation',
  'pending',
  'processing',
  'delivered',
  'expired',
  'failed',
];

/** Counts the entries of a message by status, so that its own status is known without looking at all of them. */
export class StatusTally {
  readonly #counts = new Map<MessageStatus, number>();
  #dead = 0;

  add(entry: Entry): void {
    this.#count(entry, 1);
  }

  remove(entry: Entry): void {
    this.#count(entry, -1);
  }

  /** Whether an operator may still want to redrive something of the message. */
  get dead(): boolean {
    return this.#dead > 0;
  }

  /** The status of the message: the least finished of its entries; of a finished one, the best. */
  get status(): MessageStatus {
    return leastFinishedFirst.find((status) => (this.#counts.get(status) ?? 0) > 0) ?? 'failed';
  }

  get finished(): boolean {
    return leastFinishedFirst.slice(0, 3).every((status) => (this.#counts.get(status) ?? 0) === 0);
  }

  #count(entry: Entry, by: 1 | -1): void {
    const status = statusOf(entry);
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + by);
    if (entry.state === 'dead') this.#dead += by;
  }
}
