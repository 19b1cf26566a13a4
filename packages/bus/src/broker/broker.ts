import type { AgentReference, Durability, Envelope, Message, RecipientCounts, Verdict } from '@charterbus/core-models';
import type { Approval } from '@charterbus/policy-client';
import type { Eventual } from '../eventual.js';
import type { Entry } from './entry.js';
import type { ConversationFact, DeadLetterFilter, DedupeMark, Leaf, MessageFilter, MessageRecord } from './journal.js';
import type { Pauses } from './pauses.js';

/** A recipient of an admitted message: allowed at once, or held. */
export interface EntryDraft {
  /** An agent, or the mailbox of a queue group, see `mailbox-name.ts`: then the verdict is that at `send`. */
  readonly recipient: AgentReference;
  readonly verdict: Verdict;
  /** The recipient's `revision`, where the verdict binds several together and names none. */
  readonly recipientRevision?: string;
  /** Wall-clock milliseconds; present on what is held. */
  readonly holdUntil?: number;
}

/** All that one admission commits. A denied message has no entries, but its record and its leaf are kept. */
export interface Admission {
  readonly envelope: Envelope;
  /** The moment of `createdAt`, in milliseconds since the epoch. */
  readonly at: number;
  /** The `revision` of the sender: an agent that is registered anew under its id is another one. */
  readonly senderRevision: string;
  /** The verdict at `send`, then one at `receive` for each recipient. */
  readonly verdicts: readonly [send: Verdict, ...receive: Verdict[]];
  readonly entries: readonly EntryDraft[];
  /** `tenant/agent` of the recipients that were denied. */
  readonly denied: readonly string[];
  readonly recipients: RecipientCounts;
  readonly dedupe?: Omit<DedupeMark, 'message'>;
  /** What becomes known by it. */
  readonly facts?: readonly ConversationFact[];
}

export interface Appended {
  readonly leafIndex: number;
  /** What this one has reached, where that differs from one to the next. */
  readonly durability?: Durability;
}

/** One entry, given to one consumer until it settles or the lease ends. */
export interface Lease {
  readonly deliveryId: string;
  readonly entry: Entry;
  readonly envelope: Envelope;
  /** Of what a consumer takes: nobody may see the message before this resolves; where it rejects, the lease is not given. */
  readonly written?: Promise<unknown>;
  /** `tenant/agent` of the members of the queue group who were passed over for it, since the last `reoffer`. */
  readonly passedBy?: ReadonlySet<string>;
}

export interface ClaimRequest {
  readonly recipient: AgentReference;
  /**
   * From which mailboxes it takes: one from each, in their order, again and again. Of what is not its own, that of a queue
   * group, it becomes the holder. Default: its own.
   */
  readonly mailboxes?: readonly AgentReference[];
  /** The most leases to give. */
  readonly max: number;
  readonly leaseMs: number;
  /** How long to wait for the first; 0 looks once. */
  readonly waitMs: number;
  /** Commit each lease before it is given: for consumers that outlive this process. */
  readonly durable: boolean;
}

/**
 * A consumer of this process that is given leases as they become ready, in the turn in which they do: it must neither
 * work nor throw in `take`, only note what it got.
 */
export interface Consumer {
  readonly recipient: AgentReference;
  /** The mailbox of a queue group from which the recipient takes, as the holder of its leases; absent: its own. */
  readonly mailbox?: AgentReference;
  readonly leaseMs: number;
  /** How many more it can take now. */
  readonly room: number;
  take(lease: Lease): void;
}

/** Ends by disposal; leases that were given stay with the consumer. */
export interface Consumption extends Disposable {
  /** Tells the broker that there is room again. */
  more(): void;
}

/** Proof of holding a lease: without it nothing settles. */
export interface LeaseProof {
  readonly deliveryId: string;
  /** Who holds it: of a queue group's the member. */
  readonly recipient: AgentReference;
  readonly fencingToken: number;
}

export type Outcome =
  | { readonly kind: 'ack' }
  /** Try again after a backoff, or after `delayMs`; a dead letter once the attempts are used up. */
  | { readonly kind: 'nack'; readonly reason: string; readonly delayMs?: number }
  /** A dead letter at once. */
  | { readonly kind: 'reject'; readonly reason: string }
  /** Back to the queue as if the lease had never been given. */
  | { readonly kind: 'return' }
  /**
   * As `return`, of a queue group's: its holder may not have it, and is not given it again until `reoffer`; others are.
   * Whether there are others is the bus' part. Audited, with the code as its reason.
   */
  | { readonly kind: 'pass'; readonly reason: string }
  /** Judged again before the consumer saw it. */
  | { readonly kind: 'denied'; readonly verdict: Verdict }
  | { readonly kind: 'escalated'; readonly verdict: Verdict; readonly holdUntil: number };

/** How a hold ends. */
export type HoldDecision = {
  /** What becomes known of the message's conversation by it. */
  readonly facts?: readonly ConversationFact[];
} & HoldEnd;

type HoldEnd =
  | {
      readonly kind: 'release';
      readonly reason: string;
      readonly verdict: Verdict;
      readonly approvals: readonly Approval[];
    }
  | {
      readonly kind: 'hold-again';
      readonly reason: string;
      readonly verdict: Verdict;
      readonly holdUntil: number;
      readonly approvals: readonly Approval[];
    }
  | { readonly kind: 'refuse'; readonly reason: string; readonly verdict?: Verdict };

export interface BrokerCapabilities {
  readonly durability: Durability;
  /** Other processes change what is kept, and look-ups take a round trip: what was looked up once may be so no longer. */
  readonly shared?: boolean;
}

/** Counts for health, metrics and the report of a drain. */
export interface BrokerCounts {
  readonly queued: number;
  readonly leased: number;
  readonly held: number;
}

/** Takes entries out of the queue's way: replies that a request of this process waits for. */
export interface Interceptor {
  /** Whether anything is waited for: while not, no entry is looked at. */
  readonly waits: boolean;
  /** Asked for each entry that becomes ready while something is waited for. */
  wants(entry: Entry, message: Message): boolean;
  /** Given the lease of what was wanted; must settle it. */
  take(lease: Lease): void;
}

/** Something ended for an entry; listeners run after the commit. */
export interface EntryChange {
  readonly entry: Entry;
  /** Another process made the change, and tells its own listeners. */
  readonly elsewhere?: boolean;
}

/** What can be looked up. All of it is committed. A broker of one process answers at once, a shared one later. */
export interface BrokerReader {
  message(id: string): Eventual<MessageRecord | undefined>;
  envelope(id: string): Eventual<Envelope | undefined>;
  entries(message: string): Eventual<readonly Entry[]>;
  leaves(message: string): Eventual<readonly Leaf[]>;
  leaf(index: number): Eventual<Leaf | undefined>;
  leafCount(): Eventual<number>;
  list(filter: MessageFilter): Eventual<readonly MessageRecord[]>;
  deadLetters(filter: DeadLetterFilter): Eventual<readonly Entry[]>;
  duplicate(tenant: string, from: string, key: string): Eventual<DedupeMark | undefined>;
  conversationFacts(conversation: string): Eventual<readonly ConversationFact[]>;
}

/**
 * The durable store of messages in flight. It knows nothing of policies: what may enter it, and whether what it leases
 * may be given, is the bus' part.
 *
 * Every method that changes something answers after its commit; one that fails has changed nothing.
 */
export interface Broker {
  readonly capabilities: BrokerCapabilities;
  readonly counts: BrokerCounts;
  readonly reader: BrokerReader;
  /** Recovers what was unfinished. Nothing is leased before. */
  start(): Promise<void>;
  /** @throws MessageError `QUEUE_FULL` before anything is written. */
  append(admission: Admission): Eventual<Appended>;
  /** Resolves with at least one lease, or with none once `waitMs` is over or the signal aborts. */
  claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly Lease[]>;
  /** Gives leases that end with this process, most urgent first, until the consumption is disposed of or the broker paused. */
  consume(consumer: Consumer): Consumption;
  /** @throws MessageError `LEASE_LOST` with `details.why`, or `DELIVERY_NOT_FOUND`. */
  settle(proof: LeaseProof, outcome: Outcome): Eventual<Entry>;
  /** Makes a lease last `leaseMs` from now. Throws as `settle` does. */
  extend(proof: LeaseProof, leaseMs: number, durable: boolean): Promise<Entry>;
  /** Keeps a newer verdict under which a lease is given, and what becomes known by it. Throws as `settle` does. */
  rebind(proof: LeaseProof, verdict: Verdict, facts?: readonly ConversationFact[]): Promise<Lease>;
  /** The entries of a message that wait for a decision. */
  held(message: string): Eventual<readonly Entry[]>;
  /** Ends a hold, once. @throws MessageError `MESSAGE_NOT_HELD`. */
  decide(deliveryId: string, decision: HoldDecision): Promise<Entry>;
  /** Puts a dead letter back into its queue, to be judged again. @throws MessageError `DEAD_LETTER_NOT_FOUND`. */
  redrive(deliveryId: string, reason: string): Promise<Entry>;
  /** Gives up a dead letter for good. @throws MessageError `DEAD_LETTER_NOT_FOUND`. */
  drop(deliveryId: string, reason: string): Promise<Entry>;
  /** Dead-letters everything unfinished of a recipient that is gone. */
  abandon(recipient: AgentReference, reason: string): Promise<number>;
  /** Recipients for whom something is unfinished. */
  recipients(): Eventual<Iterable<AgentReference>>;
  /** Offers what members of a queue group may not have to all of them again: who takes part, or what is in force, has changed. */
  reoffer(mailbox: AgentReference): Eventual<void>;
  /** From now on nothing of these is leased, until the next call; leases that were given may settle, and what expires does. */
  withhold(pauses: Pauses): Eventual<void>;
  /** All entries that are leased now, to whomever. */
  leased(): Eventual<Iterable<Entry>>;
  /** What is unfinished in one mailbox. */
  backlog(mailbox: AgentReference): Eventual<number>;
  watch(listener: (change: EntryChange) => void): Disposable;
  /** At most one; before `start`. */
  intercept(interceptor: Interceptor): void;
  /** Gives no more leases; waiting claims resolve with none. */
  pause(): void;
  close(): Promise<void>;
}
