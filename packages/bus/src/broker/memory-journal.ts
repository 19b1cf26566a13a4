import { agentKey, type Envelope } from '@charterbus/core-models';
import { type Entry, isFinal } from './entry.js';
import {
  type ConversationFact,
  type DeadLetterFilter,
  type DedupeMark,
  type Journal,
  type JournalChange,
  keptBytes,
  type Leaf,
  type LeafText,
  type MessageFilter,
  type MessageRecord,
  type Pruning,
} from './journal.js';
import { LeafWindow } from './leaf-window.js';
import { OrderedIds } from './ordered-ids.js';

interface Kept {
  readonly record: Unfrozen<MessageRecord>;
  readonly envelope: Envelope;
  entries: Entry[];
  readonly bytes: number;
}

const none: readonly number[] = Object.freeze([]);

type Unfrozen<T> = { -readonly [Field in keyof T]: T[Field] };

export interface MemoryJournalOptions {
  /**
   * Make each leaf's text at once, as a journal on disk does. Without, it is made when somebody asks for it: it is about
   * what does not change any more.
   */
  readonly leavesAtOnce?: boolean;
}

/** Newest message first, then by recipient. */
const isAfter = (entry: Entry, last: Pick<Entry, 'message' | 'ordinal'>): boolean =>
  entry.message < last.message || (entry.message === last.message && entry.ordinal > last.ordinal);

const dedupeKey = (tenant: string, from: string, key: string): string => `${tenant}/${from}/${key}`;

type StatusChange = Extract<JournalChange, { readonly kind: 'message-status' }>;

/** Keeps everything in memory: for tests, and for who wants governance alone. */
export class MemoryJournal implements Journal {
  readonly durability = 'memory';
  readonly epoch = 1;
  readonly #leavesAtOnce: boolean;
  readonly #messages = new Map<string, Kept>();
  readonly #ids = new OrderedIds();
  readonly #marks = new Map<string, DedupeMark>();
  /** By conversation, then by what they are about. */
  readonly #facts = new Map<string, Map<string, ConversationFact>>();
  readonly #leaves = new LeafWindow();
  /** Ids of finished messages in the order of their finishing; those with a dead letter apart, since they stay longer. */
  readonly #finished = new Set<string>();
  readonly #dead = new Set<string>();
  #finishedBytes = 0;

  constructor({ leavesAtOnce = false }: MemoryJournalOptions = {}) {
    this.#leavesAtOnce = leavesAtOnce;
  }

  get leafCount(): number {
    return this.#leaves.count;
  }

  get finishedBytes(): number {
    return this.#finishedBytes;
  }

  write(changes: readonly JournalChange[]): readonly number[] | Promise<readonly number[]> {
    let indexes: readonly number[] = none;
    for (const change of changes) {
      const index = this.#apply(change);
      if (index !== undefined) indexes = indexes.length === 0 ? [index] : [...indexes, index];
    }
    return indexes;
  }

  message(id: string): MessageRecord | undefined {
    const record = this.#messages.get(id)?.record;
    return record && { ...record };
  }

  envelope(id: string): Envelope | undefined {
    return this.#messages.get(id)?.envelope;
  }

  entries(message: string): readonly Entry[] {
    return [...(this.#messages.get(message)?.entries ?? [])];
  }

  leaves(message: string): readonly Leaf[] {
    return this.#leaves.of(message);
  }

  leaf(index: number): Leaf | undefined {
    return this.#leaves.at(index);
  }

  duplicate(tenant: string, from: string, key: string, now: number): DedupeMark | undefined {
    const mark = this.#marks.get(dedupeKey(tenant, from, key));
    return mark !== undefined && mark.until > now ? mark : undefined;
  }

  conversationFacts(conversation: string, now: number): readonly ConversationFact[] {
    return [...(this.#facts.get(conversation)?.values() ?? [])].filter((fact) => fact.until > now);
  }

  *unfinished(): Iterable<Entry> {
    for (const { record, entries } of this.#messages.values()) if (record.settledAt === 0) yield* entries;
  }

  list({ status, before, limit }: MessageFilter): readonly MessageRecord[] {
    const found: MessageRecord[] = [];
    for (const id of this.#ids.descending(before)) {
      const record = this.#messages.get(id)?.record;
      if (record === undefined || id === before || (status !== undefined && record.status !== status)) continue;
      if (found.push({ ...record }) === limit) break;
    }
    return found;
  }

  deadLetters({ before, limit, reason, recipient }: DeadLetterFilter): readonly Entry[] {
    const wanted = (entry: Entry): boolean =>
      entry.state === 'dead' &&
      (before === undefined || isAfter(entry, before)) &&
      (reason === undefined || entry.reason === reason) &&
      (recipient === undefined || agentKey(recipient) === agentKey(entry.recipient));
    const found: Entry[] = [];
    for (const id of this.#ids.descending(before?.message)) {
      for (const entry of this.#messages.get(id)?.entries ?? []) {
        if (wanted(entry) && found.push(entry) === limit) return found;
      }
    }
    return found;
  }

  prune(pruning: Pruning, now: number): Promise<number> {
    for (const [key, mark] of this.#marks) if (mark.until <= now) this.#marks.delete(key);
    this.#forgetFacts(now);
    // Dead letters go last: somebody may still want them.
    let dropped = this.#pruneFrom(this.#finished, pruning.finishedBefore, pruning, 0);
    dropped = this.#pruneFrom(this.#dead, pruning.deadBefore, pruning, dropped);
    return Promise.resolve(dropped);
  }

  /** Drops from the oldest on; how many have gone by then. */
  #pruneFrom(ids: ReadonlySet<string>, before: number, { finishedBytes, limit }: Pruning, gone: number): number {
    let dropped = gone;
    for (const id of ids) {
      const settledAt = this.#messages.get(id)?.record.settledAt ?? 0;
      if (dropped >= limit || (settledAt >= before && this.#finishedBytes <= finishedBytes)) break;
      this.#drop(id);
      dropped += 1;
    }
    return dropped;
  }

  #apply(change: JournalChange): number | undefined {
    switch (change.kind) {
      case 'message': {
        const { envelope } = change;
        const record = { ...change.record };
        const kept: Kept = { record, envelope, entries: [], bytes: keptBytes(record, envelope) };
        this.#messages.set(record.id, kept);
        this.#ids.add(record.id);
        if (record.settledAt !== 0) this.#finish(kept);
        break;
      }
      case 'message-status':
        this.#setStatus(change);
        break;
      case 'entry':
      case 'entry-state': {
        const kept = this.#messages.get(change.entry.message);
        if (kept === undefined) break;
        // A list made with its only element takes a tenth of the room of one that grows.
        if (kept.entries.length === 0) kept.entries = [change.entry];
        else kept.entries[change.entry.ordinal] = change.entry;
        break;
      }
      case 'dedupe': {
        const { tenant, from, key } = change.mark;
        this.#marks.set(dedupeKey(tenant, from, key), change.mark);
        break;
      }
      case 'conversation-fact':
        this.#setFact(change.fact);
        break;
      case 'leaf':
        return this.#appendLeaf(change.message, change.leaf);
    }
    return undefined;
  }

  #setFact(fact: ConversationFact): void {
    const facts = this.#facts.get(fact.conversation);
    if (facts === undefined) this.#facts.set(fact.conversation, new Map([[fact.about, fact]]));
    else facts.set(fact.about, fact);
  }

  #forgetFacts(now: number): void {
    for (const [conversation, facts] of this.#facts) {
      for (const [about, { until }] of facts) if (until <= now) facts.delete(about);
      if (facts.size === 0) this.#facts.delete(conversation);
    }
  }

  #setStatus({ id, status, settledAt: at, dead, turn }: StatusChange): void {
    const kept = this.#messages.get(id);
    if (kept === undefined) return;
    const before = kept.record.settledAt;
    // Where a sibling's change was taken back meanwhile, the message is not finished, whatever the last one thought.
    if (turn === 'finished' && (before !== 0 || !kept.entries.every(({ state }) => isFinal(state)))) return;
    const unturned = before === 0 || at === 0 ? before : at;
    const settledAt = turn === 'none' ? unturned : turn === 'finished' ? at : 0;
    if (before !== 0) this.#reopen(kept);
    kept.record.status = status;
    kept.record.settledAt = settledAt;
    kept.record.dead = dead;
    if (settledAt !== 0) this.#finish(kept);
  }

  #finish({ record, bytes }: Kept): void {
    (record.dead ? this.#dead : this.#finished).add(record.id);
    this.#finishedBytes += bytes;
  }

  #reopen({ record, bytes }: Kept): void {
    (record.dead ? this.#dead : this.#finished).delete(record.id);
    this.#finishedBytes -= bytes;
  }

  #appendLeaf(message: string, leaf: LeafText): number {
    return this.#leaves.append(message, this.#leavesAtOnce ? { text: leaf.text, weight: leaf.text.length } : leaf);
  }

  #drop(id: string): void {
    const kept = this.#messages.get(id);
    if (kept === undefined) return;
    this.#reopen(kept);
    this.#messages.delete(id);
    this.#ids.delete(id);
  }
}
