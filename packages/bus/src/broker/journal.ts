import type {
  AgentReference,
  Digest,
  Durability,
  Envelope,
  MessageStatus,
  Receipt,
  RecipientCounts,
  Verdict,
} from '@charterbus/core-models';
import type { Eventual } from '../eventual.js';
import type { Admission } from './broker.js';
import type { Entry, HistoryEvent } from './entry.js';
import type { Recall } from './recall.js';

/** A message as it is kept beside its envelope. */
export interface MessageRecord {
  readonly id: string;
  readonly tenant: string;
  readonly from: string;
  readonly senderRevision: string;
  readonly status: MessageStatus;
  /** Wall-clock milliseconds. */
  readonly createdAt: number;
  /** Wall-clock milliseconds; 0 while something of it is unfinished. */
  readonly settledAt: number;
  /** Whether a dead letter of it waits for an operator, so that it is kept longer. */
  readonly dead: boolean;
  /** The verdict at `send`, then those at `receive`, at most a hundred. */
  readonly verdicts: readonly Verdict[];
  readonly recipients: RecipientCounts;
}

/** What is kept of a message beside its content, in bytes: about what it takes in memory; on SQLite it is half of that. Leaves are not dropped with it. */
const recordBytes = 900;
const verdictBytes = 700;
const entryBytes = 1300;

/** What is kept of the verdicts on one message: that at `send`, and a hundred at `receive`. */
const keptVerdicts = 101;

/** How much a message counts for the bound on what is kept of finished ones. An estimate, fixed at its admission. */
export const keptBytes = (
  { verdicts, recipients }: Pick<Admission, 'verdicts' | 'recipients'> | Pick<MessageRecord, 'verdicts' | 'recipients'>,
  contentBytes: number,
): number =>
  contentBytes +
  recordBytes +
  verdictBytes * Math.min(keptVerdicts, verdicts.length) +
  entryBytes * (recipients.allowed + recipients.held);

const statusAtAdmission = ({ recipients }: Admission): MessageStatus =>
  recipients.held > 0 ? 'pending_deliberation' : recipients.allowed > 0 ? 'pending' : 'failed';

/** How a message stands right after its admission: one that nobody gets is finished. */
export const admittedStanding = (admission: Admission): Pick<MessageRecord, 'status' | 'settledAt' | 'dead'> => ({
  status: statusAtAdmission(admission),
  settledAt: admission.entries.length === 0 ? admission.at : 0,
  dead: false,
});

export const recordOf = (
  { envelope, senderRevision, at, verdicts, recipients }: Admission,
  standing: Pick<MessageRecord, 'status' | 'settledAt' | 'dead'>,
): MessageRecord => {
  const { id, tenant, from } = envelope.message;
  const { status, settledAt, dead } = standing;
  return {
    id,
    tenant,
    from,
    senderRevision,
    status,
    createdAt: at,
    settledAt,
    dead,
    verdicts: verdicts.slice(0, keptVerdicts),
    recipients,
  };
};

/** Marks a dedupe key as used; scoped by the sender. */
export interface DedupeMark {
  readonly tenant: string;
  readonly from: string;
  readonly key: string;
  /** SHA-256 over what the sender handed in: the same key with another one is a conflict. */
  readonly fingerprint: string;
  readonly message: string;
  /** What the first send was answered, but for the leaf index, which the commit assigns. */
  readonly receipt: Omit<Receipt, 'leafIndex'>;
  /** Wall-clock milliseconds at which the key may be used again. */
  readonly until: number;
}

/** A leaf as what it has in common with others, and what is its own: the moment and the message's digest and id. */
export interface FormedLeaf {
  /** The same for leaves of the same form. */
  readonly key: string;
  readonly at: string;
  readonly digest: Digest;
  /** The text with holes; see `filledForm`. */
  readonly form: () => string;
}

/** A leaf before it is kept. Immutable: whether its text is made at once or when somebody asks, it is the same. */
export interface LeafText {
  /** Canonical JSON (RFC 8785). */
  readonly text: string;
  /** About how many bytes are held by it while its text is not made. */
  readonly weight: number;
  /** Absent where a leaf is worth no form of its own. */
  readonly formed?: FormedLeaf | undefined;
}

export interface Leaf {
  readonly index: number;
  readonly message: string;
  /** Canonical JSON (RFC 8785). */
  readonly text: string;
}

/** What is known about one thing in one conversation; what it means is the bus' business. */
export interface ConversationFact {
  readonly conversation: string;
  readonly about: string;
  /** JSON text of a list. */
  readonly values: string;
  /** There was more than is kept. */
  readonly overflowed: boolean;
  /** Wall-clock milliseconds at which it may be forgotten. */
  readonly until: number;
}

/** Where a message stands as a whole. */
export interface Standing {
  /** The message's id. */
  readonly id: string;
  readonly status: MessageStatus;
  readonly settledAt: number;
  readonly dead: boolean;
  /** How many entries the message has. */
  readonly entries: number;
  /**
   * Whether by this the message is finished, or is no longer, where it was. What is on its way to the disk may be refused
   * there: so it is finished only if all of its kept entries are, and without a turn it stays what it is.
   */
  readonly turn: 'finished' | 'reopened' | 'none';
}

/** What is kept together or not at all. */
export type JournalWrite =
  /** A message, its entries, its dedupe mark, what becomes known by it, and its leaf. */
  | { readonly kind: 'admission'; readonly admission: Admission; readonly entries: readonly Entry[] }
  /** What became of one entry. */
  | {
      readonly kind: 'change';
      readonly entry: Entry;
      /** Absent where the message stands where it stood. */
      readonly standing: Standing | undefined;
      /** Of which a leaf is kept; absent where the change is none for the audit log. */
      readonly event: HistoryEvent | undefined;
      /** Each takes the place of what was known about the same thing. */
      readonly facts: readonly ConversationFact[];
    }
  | { readonly kind: 'standing'; readonly standing: Standing }
  /** A leaf that is of no message. */
  | { readonly kind: 'leaf'; readonly subject: string; readonly text: string };

export interface MessageFilter {
  readonly status?: MessageStatus;
  /** Ids below this one, since listings begin with the newest. */
  readonly before?: string;
  readonly limit: number;
}

export interface DeadLetterFilter {
  readonly recipient?: AgentReference;
  readonly reason?: string;
  /** The last one of the page before. A message may have several, so its id alone would skip some. */
  readonly before?: Pick<Entry, 'message' | 'ordinal'>;
  readonly limit: number;
}

/** What of the finished messages may go. */
export interface Pruning {
  /** Finished before this wall-clock time. */
  readonly finishedBefore: number;
  /** Dead letters that ended before this wall-clock time. */
  readonly deadBefore: number;
  /** Above this many bytes of finished messages the oldest go, whatever their age. */
  readonly finishedBytes: number;
  /** The most messages that one call drops. */
  readonly limit: number;
}

/**
 * What a broker remembers: append-only for leaves, by key for the rest. Reads are of what is committed; they are
 * synchronous, and only on the way back from disk slow.
 */
export interface Journal {
  readonly durability: Durability;
  /** A number greater than any returned before for this journal: the first part of fencing tokens. */
  readonly epoch: number;
  /** Commits; the index of the leaf, or -1 where there is none. A journal that has nothing to wait for answers at once. */
  write(write: JournalWrite): Eventual<number>;
  message(id: string): MessageRecord | undefined;
  /** @throws StoreError `STORE_CORRUPT` where the stored bytes are not those that were admitted. */
  envelope(id: string): Envelope | undefined;
  entries(message: string): readonly Entry[];
  leaves(message: string): readonly Leaf[];
  leaf(index: number): Leaf | undefined;
  readonly leafCount: number;
  /** Bytes of the finished messages that are still kept, with all that belongs to them; see `keptBytes`. */
  readonly finishedBytes: number;
  duplicate(tenant: string, from: string, key: string, now: number): DedupeMark | undefined;
  /** What is known of a conversation, but for what may be forgotten. */
  conversationFacts(conversation: string, now: number): readonly ConversationFact[];
  /** All entries of unfinished messages, oldest first. */
  unfinished(): Iterable<Entry>;
  /** Absent where everything is kept in memory in any case. */
  readonly recall?: Recall;
  list(filter: MessageFilter): readonly MessageRecord[];
  /** Dead letters, newest message first, then by recipient. */
  deadLetters(filter: DeadLetterFilter): readonly Entry[];
  /** Drops finished messages, outlived dedupe marks and conversation facts; how many messages went. Leaves stay. */
  prune(pruning: Pruning, now: number): Promise<number>;
}
