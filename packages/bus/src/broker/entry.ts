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
    | 'passed'
    | 'delivered'
    | 'retried'
    | 'lease-expired'
    | 'dead-lettered'
    | 'redriven'
    | 'dropped'
    | 'judged-again';
  readonly attempt?: number;
  /** `tenant/agent` of who it was given to, or was passed over, where that is not the recipient itself: of a queue group's. */
  readonly holder?: string;
  /** A code of ours, or the words of an operator or consumer. */
  readonly reason?: string;
}

/** One message for one recipient, as it is stored. Immutable: a change makes a new one. */
export interface Entry {
  readonly message: string;
  /** The place of the recipient among those of the message. */
  readonly ordinal: number;
  /** Whose mailbox: an agent's, or a queue group's; see `mailbox-name.ts`. */
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
  readonly orderingKey?: string | undefined;
  /** In place of the broker's own. */
  readonly retry?: RetryOverride | undefined;
  /** The topic that the message was published to, in the recipient's tenant. */
  readonly topic?: string | undefined;
  /** The recipient's `revision` at admission, where the verdict binds several recipients together. */
  readonly recipientRevision?: string | undefined;
  /** Of a queue group's: who has the newest lease, or had it. */
  readonly holder?: AgentReference | undefined;
  readonly settledAt: number;
  /** The newest verdict at `receive` (at `send`, where that is what holds the entry). */
  readonly verdict: Verdict;
  /** It must be judged at the next grant as if it were sent then: after a redrive, and where its sender put it off. */
  readonly judgeAgain: boolean;
  /** What a release approved; spent by the first delivery or by a redrive. */
  readonly approvals: readonly Approval[];
  /** Why it was dead-lettered or refused. */
  readonly reason?: string | undefined;
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

export type EntryPatch = Partial<Omit<Entry, 'message' | 'ordinal' | 'recipient' | 'history'>>;

/** Who a lease of the entry is, or was last, given to. */
export const holderOf = ({ holder, recipient }: Pick<Entry, 'holder' | 'recipient'>): AgentReference =>
  holder ?? recipient;

type Unfrozen = { -readonly [Field in keyof Entry]: Entry[Field] };

/** A changed entry. A copy to which is written stays of one form with all others; spreading two objects into one does not. */
export const patched = (entry: Entry, patch: EntryPatch, now: number, event: HistoryEvent): Entry => {
  const next: Unfrozen = { ...entry };
  Object.assign(next, patch);
  next.settledAt = isFinal(next.state) ? now : 0;
  next.history = remember(entry.history, event);
  return next;
};

/** An event without what is not stated. */
export const historyEvent = (
  kind: HistoryEvent['kind'],
  at: string,
  attempt: number | undefined,
  reason: string | undefined,
  holder?: string,
): HistoryEvent => {
  if (holder !== undefined) return { ...historyEvent(kind, at, attempt, reason), holder };
  if (reason !== undefined) return attempt === undefined ? { at, kind, reason } : { at, kind, attempt, reason };
  return attempt === undefined ? { at, kind } : { at, kind, attempt };
};

const historyLimit = 50;

/** Appends to a history; when it is full, the oldest but the first goes. */
const remember = (history: readonly HistoryEvent[], event: HistoryEvent): readonly HistoryEvent[] => {
  const [first] = history;
  // Most have few; a list that grows takes room for sixteen more.
  if (first === undefined) return [event];
  if (history.length === 1) return [first, event];
  return history.length < historyLimit ? [...history, event] : [first, ...history.slice(2), event];
};

export const isFinal = (state: EntryState): boolean =>
  state === 'delivered' || state === 'dead' || state === 'refused' || state === 'dropped';

/** How an entry that ended without success shows in the status of its message. */
export const expiryCode: ErrorCode = 'MESSAGE_EXPIRED';
/** The reason of an entry whose message cannot be read any more. */
export const damageCode: ErrorCode = 'STORE_CORRUPT';

/** The least finished first. */
const statuses: readonly MessageStatus[] = [
  'pending_deliberation',
  'pending',
  'processing',
  'delivered',
  'expired',
  'failed',
];
/** So many of them, from the first, are not finished. */
const unfinishedStatuses = 3;

const placeOfState: Readonly<Record<EntryState, number>> = {
  held: 0,
  queued: 1,
  leased: 2,
  delivered: 3,
  dead: 5,
  refused: 5,
  dropped: 5,
};
const expiredPlace = 4;

const placeOf = ({ state, reason }: Entry): number => {
  const place = placeOfState[state];
  return place === 5 && reason === expiryCode ? expiredPlace : place;
};

/** The status of a message that has this entry alone. */
export const statusOf = (entry: Entry): MessageStatus => statuses[placeOf(entry)] ?? 'failed';

/** Counts the entries of a message by status, so that its own status is known without looking at all of them. */
export class StatusTally {
  readonly #counts = [0, 0, 0, 0, 0, 0];
  #unfinished = 0;
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
    return statuses[this.#counts.findIndex((count) => count > 0)] ?? 'failed';
  }

  get finished(): boolean {
    return this.#unfinished === 0;
  }

  #count(entry: Entry, by: 1 | -1): void {
    const place = placeOf(entry);
    this.#counts[place] = (this.#counts[place] ?? 0) + by;
    if (place < unfinishedStatuses) this.#unfinished += by;
    if (entry.state === 'dead') this.#dead += by;
  }
}
