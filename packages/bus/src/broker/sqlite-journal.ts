import { decodeEnvelope, type Envelope } from '@charterbus/core-models';
import type { Row, SqlValue, Store, Write, WriteResult } from '@charterbus/store';
import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.js';
import {
  type ConversationFact,
  type DeadLetterFilter,
  type DedupeMark,
  type Journal,
  type JournalChange,
  keptBytes,
  type Leaf,
  type MessageFilter,
  type MessageRecord,
  type Pruning,
} from './journal.js';
import {
  conversationFactFromRow,
  entryFromRow,
  insertedEntry,
  insertedMessage,
  leafFromRow,
  markFromRow,
  messageFromRow,
  updatedEntry,
} from './sqlite-rows.js';

/** Bytes of envelopes kept in memory, so that what is delivered soon after its admission is not read back. */
const envelopeCacheBytes = 64 * 1024 * 1024;
/** Above every id: listings without a bound begin here. */
const afterAllIds = '~';

const write = (statement: string, values: readonly SqlValue[]): Write => ({ namespace: 'bus', statement, values });

type StatusChange = Extract<JournalChange, { readonly kind: 'message-status' }>;

const toStatusWrites = ({ id, status, settledAt, dead, turn }: StatusChange): readonly Write[] => {
  const values = [status, settledAt, dead ? 1 : 0, id];
  if (turn === 'finished') return [write('message-finished', values)];
  const written = write('message-status', values);
  return turn === 'reopened' ? [written, write('message-reopened', [id])] : [written];
};

const toWrite = (change: Exclude<JournalChange, StatusChange>): Write => {
  switch (change.kind) {
    case 'message':
      return write('message', insertedMessage(change.record, change.envelope));
    case 'entry':
      return write('entry', insertedEntry(change.entry));
    case 'entry-state':
      return write('entry-state', updatedEntry(change.entry));
    case 'dedupe': {
      const { tenant, from, key, fingerprint, message, receipt, until } = change.mark;
      return write('dedupe', [tenant, from, key, fingerprint, message, JSON.stringify(receipt), until]);
    }
    case 'conversation-fact': {
      const { conversation, about, values, overflowed, until } = change.fact;
      return write('conversation-fact', [conversation, about, values, overflowed ? 1 : 0, until]);
    }
    case 'leaf':
      return write('leaf', [change.message, change.leaf.text]);
  }
};

/** The store answers each write with a result. */
const rowid = (result: WriteResult | undefined): number => result?.lastInsertRowid ?? 0;

interface Cached {
  readonly envelope: Envelope;
  /** See `keptBytes`. */
  readonly bytes: number;
}

/** Keeps everything in the shared store. */
export class SqliteJournal implements Journal {
  readonly durability;
  readonly epoch: number;
  readonly #store: Store;
  readonly #envelopes = new LRUCache<string, Cached>({
    maxSize: envelopeCacheBytes,
    sizeCalculation: ({ envelope }) => envelope.text.length + 500,
  });
  #finishedBytes: number;

  private constructor(store: Store, epoch: number) {
    this.durability = store.durability;
    this.epoch = epoch;
    this.#store = store;
    this.#finishedBytes = Number(this.#row('finished-bytes', [])?.['bytes'] ?? 0);
  }

  /** The store must have been opened with `busNamespace`. Each opening begins an epoch. */
  static async open(store: Store): Promise<SqliteJournal> {
    const [result] = await store.commit([write('epoch', [])]);
    return new SqliteJournal(store, rowid(result));
  }

  get leafCount(): number {
    return Number(this.#row('leaf-count', [])?.['leaves'] ?? 0);
  }

  get finishedBytes(): number {
    return this.#finishedBytes;
  }

  async write(changes: readonly JournalChange[]): Promise<readonly number[]> {
    // Read before the commit: a read that failed after it would deny what was kept.
    const finishing = changes.map((change) => this.#finishing(change));
    const writes = changes.map((change) =>
      change.kind === 'message-status' ? toStatusWrites(change) : [toWrite(change)],
    );
    const results = await this.#store.commit(writes.flat());
    const indexes: number[] = [];
    let last = -1;
    changes.forEach((change, at) => {
      // The last one of a change says whether its turn has come.
      last += writes[at]?.length ?? 0;
      if (change.kind === 'leaf') indexes.push(rowid(results[last]) - 1);
      else if (change.kind === 'message') this.#remember(change);
      if (results[last]?.changes !== 0) this.#finishedBytes += finishing[at] ?? 0;
    });
    return indexes;
  }

  message(id: string): MessageRecord | undefined {
    const row = this.#row('message', [id]);
    return row && messageFromRow(row);
  }

  envelope(id: string): Envelope | undefined {
    const cached = this.#envelopes.get(id);
    if (cached !== undefined) return cached.envelope;
    const row = this.#row('envelope', [id]);
    if (row === undefined) return undefined;
    const envelope = decodeEnvelope(String(row['envelope']), String(row['digest']), Number(row['content_bytes']));
    this.#envelopes.set(id, { envelope, bytes: Number(row['bytes']) });
    return envelope;
  }

  entries(message: string): readonly Entry[] {
    return this.#store.read('bus', 'entries', [message]).map(entryFromRow);
  }

  leaves(message: string): readonly Leaf[] {
    return this.#store.read('bus', 'leaves', [message]).map(leafFromRow);
  }

  leaf(index: number): Leaf | undefined {
    const row = this.#row('leaf', [index + 1]);
    return row && leafFromRow(row);
  }

  duplicate(tenant: string, from: string, key: string, now: number): DedupeMark | undefined {
    const row = this.#row('dedupe', [tenant, from, key, now]);
    return row && markFromRow(row);
  }

  conversationFacts(conversation: string, now: number): readonly ConversationFact[] {
    return this.#store.read('bus', 'conversation-facts', [conversation, now]).map(conversationFactFromRow);
  }

  *unfinished(): Iterable<Entry> {
    for (const row of this.#store.iterate('bus', 'unfinished', [])) yield entryFromRow(row);
  }

  list({ status, before = afterAllIds, limit }: MessageFilter): readonly MessageRecord[] {
    const rows =
      status === undefined
        ? this.#store.read('bus', 'list', [before, limit])
        : this.#store.read('bus', 'list-by-status', [status, before, limit]);
    return rows.map(messageFromRow);
  }

  deadLetters({ before, limit, reason, recipient }: DeadLetterFilter): readonly Entry[] {
    const page = [before?.message ?? afterAllIds, before?.ordinal ?? 0, limit];
    const wanted = [recipient?.tenant ?? null, recipient?.agent ?? null, reason ?? null];
    return this.#store.read('bus', 'dead-letters', [...page, ...wanted]).map(entryFromRow);
  }

  async prune(pruning: Pruning, now: number): Promise<number> {
    const outlived = this.#store.read('bus', 'outlived', [pruning.finishedBefore, pruning.deadBefore, pruning.limit]);
    const chosen = outlived.length > 0 ? outlived : this.#oldestAbove(pruning);
    const ids = chosen.map((row) => String(row['id']));
    const drops = ids.flatMap((id) => [write('drop-entries', [id]), write('drop-message', [id])]);
    const outlivedKeys = [write('drop-dedupe', [now]), write('drop-conversation-facts', [now])];
    const results = await this.#store.commit([...outlivedKeys, ...drops]);
    // Each message has two results; that of the message itself is the second.
    const dropped = chosen.filter((_row, at) => results[outlivedKeys.length + 2 * at + 1]?.changes === 1);
    for (const row of dropped) {
      this.#finishedBytes -= Number(row['bytes']);
      this.#envelopes.delete(String(row['id']));
    }
    return dropped.length;
  }

  /** The oldest finished messages, as many as must go to come under the bound. */
  #oldestAbove({ finishedBytes, limit }: Pruning): readonly Row[] {
    let excess = this.#finishedBytes - finishedBytes;
    if (excess <= 0) return [];
    const chosen: Row[] = [];
    for (const row of this.#store.read('bus', 'oldest', [limit])) {
      if (excess <= 0) break;
      chosen.push(row);
      excess -= Number(row['bytes']);
    }
    return chosen;
  }

  /** The bytes that the change adds to those of the finished messages. */
  #finishing(change: JournalChange): number {
    if (change.kind === 'message') return change.record.settledAt === 0 ? 0 : keptBytes(change.record, change.envelope);
    if (change.kind !== 'message-status' || change.turn === 'none') return 0;
    const bytes = this.#envelopes.peek(change.id)?.bytes ?? Number(this.#row('bytes', [change.id])?.['bytes'] ?? 0);
    return change.turn === 'reopened' ? -bytes : bytes;
  }

  #remember({ record, envelope }: Extract<JournalChange, { readonly kind: 'message' }>): void {
    this.#envelopes.set(record.id, { envelope, bytes: keptBytes(record, envelope) });
  }

  #row(statement: string, values: readonly SqlValue[]): Row | undefined {
    return this.#store.read('bus', statement, values)[0];
  }
}
