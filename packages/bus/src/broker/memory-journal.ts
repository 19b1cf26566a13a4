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
  type MessageFilter,
  type MessageRecord,
  type Pruning,
} from './journal.js';
import { OrderedIds } from './ordered-ids.js';

interface Kept {
  record: MessageRecord;
  readonly envelope: Envelope;
  readonly entries: Entry[];
}

/**
 * Characters of the leaves that are kept; the oldest go first. Without a disk the log is a window, and its indexes still
 * count all.
 */
const leafWindow = 128 * 1024 * 1024;

/** Newest message first, then by recipient. */
const isAfter = (entry: Entry, last: Pick<Entry, 'message' | 'ordinal'>): boolean =>
  entry.message < last.message || (entry.message === last.message && entry.ordinal > last.ordinal);

const dedupeKey = (tenant: string, from: string, key: string): string => `${tenant}/${from}/${key}`;

/** Keeps everything in memory: for tests, and for who wants governance alone. */
export class MemoryJournal implements Journal {
  readonly durability = 'memory';
  readonly epoch = 1;
  readonly #messages = new Map<string, Kept>();
  readonly #ids = new OrderedIds();
  readonly #marks = new Map<string, DedupeMark>();
  /** By conversation, then by what they are about. */
  readonly #facts = new Map<string, Map<string, ConversationFact>>();
  readonly #leaves = new Map<number, Leaf>();
  readonly #leavesByMessage = new Map<string, Leaf[]>();
  /** Ids of finished messages in the order of their finishing. */
  readonly #finished = new Set<string>();
  #finishedBytes = 0;
  #leafCount = 0;
  #leafSize = 0;
  #oldestLeaf = 0;

  get leafCount(): number {
    return this.#leafCount;
  }

  get finishedBytes(): number {
    return this.#finishedBytes;
  }

  write(changes: readonly JournalChange[]): Promise<readonly number[]> {
    const indexes: number[] = [];
    for (const change of changes) this.#apply(change, indexes);
    return Promise.resolve(indexes);
  }

  message(id: string): MessageRecord | undefined {
    return this.#messages.get(id)?.record;
  }

  envelope(id: string): Envelope | undefined {
    return this.#messages.get(id)?.envelope;
  }

  entries(message: string): readonly Entry[] {
    return [...(this.#messages.get(message)?.entries ?? [])];
  }

  leaves(message: string): readonly Leaf[] {
    return [...(this.#leavesByMessage.get(message) ?? [])];
  }

  leaf(index: number): Leaf | undefined {
    return this.#leaves.get(index);
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
      if (found.push(record) === limit) break;
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
    let dropped = 0;
    // Dead letters go last: somebody may still want them.
    for (const dead of [false, true]) {
      for (const id of this.#finished) {
        if (dropped >= pruning.limit) break;
        const record = this.#messages.get(id)?.record;
        if (record?.dead !== dead) continue;
        const outlived = record.settledAt < (dead ? pruning.deadBefore : pruning.finishedBefore);
        if (!outlived && this.#finishedBytes <= pruning.finishedBytes) continue;
        this.#drop(id);
        dropped += 1;
      }
    }
    return Promise.resolve(dropped);
  }

  #apply(change: JournalChange, indexes: number[]): void {
    switch (change.kind) {
      case 'message': {
        this.#messages.set(change.record.id, { record: change.record, envelope: change.envelope, entries: [] });
        this.#ids.add(change.record.id);
        this.#account(change.record.id, 0, change.record.settledAt);
        break;
      }
      case 'message-status':
        this.#setStatus(change);
        break;
      case 'entry':
      case 'entry-state': {
        const kept = this.#messages.get(change.entry.message);
        if (kept !== undefined) kept.entries[change.entry.ordinal] = change.entry;
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
        indexes.push(this.#appendLeaf(change.message, change.text));
        break;
    }
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

  #setStatus({
    id,
    status,
    settledAt: at,
    dead,
    turn,
  }: Extract<JournalChange, { readonly kind: 'message-status' }>): void {
    const kept = this.#messages.get(id);
    if (kept === undefined) return;
    const before = kept.record.settledAt;
    // Where a sibling's change was taken back meanwhile, the message is not finished, whatever the last one thought.
    if (turn === 'finished' && (before !== 0 || !kept.entries.every(({ state }) => isFinal(state)))) return;
    const unturned = before === 0 || at === 0 ? before : at;
    const settledAt = { finished: at, reopened: 0, none: unturned }[turn];
    kept.record = { ...kept.record, status, settledAt, dead };
    this.#account(id, before, settledAt);
  }

  #account(id: string, before: number, after: number): void {
    const bytes = this.#bytes(id);
    if (before === 0 && after !== 0) {
      this.#finished.add(id);
      this.#finishedBytes += bytes;
    } else if (before !== 0 && after === 0) {
      this.#finished.delete(id);
      this.#finishedBytes -= bytes;
    }
  }

  #appendLeaf(message: string, text: string): number {
    const leaf = { index: this.#leafCount++, message, text };
    this.#leaves.set(leaf.index, leaf);
    const siblings = this.#leavesByMessage.get(message);
    if (siblings === undefined) this.#leavesByMessage.set(message, [leaf]);
    else siblings.push(leaf);
    this.#leafSize += text.length;
    while (this.#leafSize > leafWindow) this.#forgetLeaf(this.#oldestLeaf++);
    return leaf.index;
  }

  #forgetLeaf(index: number): void {
    const leaf = this.#leaves.get(index);
    if (leaf === undefined) return;
    this.#leaves.delete(index);
    this.#leafSize -= leaf.text.length;
    const siblings = this.#leavesByMessage.get(leaf.message)?.filter((sibling) => sibling.index !== index) ?? [];
    if (siblings.length === 0) this.#leavesByMessage.delete(leaf.message);
    else this.#leavesByMessage.set(leaf.message, siblings);
  }

  #bytes(id: string): number {
    const kept = this.#messages.get(id);
    return kept === undefined ? 0 : keptBytes(kept.record, kept.envelope);
  }

  #drop(id: string): void {
    this.#finishedBytes -= this.#bytes(id);
    this.#finished.delete(id);
    this.#messages.delete(id);
    this.#ids.delete(id);
  }
}
