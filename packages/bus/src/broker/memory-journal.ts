import { agentKey, type Envelope } from '@charterbus/core-models';
import type { Eventual } from '../eventual.js';
import type { Admission } from './broker.js';
import { type Entry, type HistoryEvent, isFinal } from './entry.js';
import {
  admittedStanding,
  type ConversationFact,
  type DeadLetterFilter,
  type DedupeMark,
  type Journal,
  type JournalWrite,
  keptBytes,
  type Leaf,
  type LeafText,
  type MessageFilter,
  type MessageRecord,
  type Pruning,
  recordOf,
  type Standing,
} from './journal.js';
import { AdmissionLeaf, SettlementLeaf } from './leaf.js';
import { LeafWindow } from './leaf-window.js';
import { OrderedIds } from './ordered-ids.js';

/** A message with all that is kept of it. Its record is made when somebody asks for it. */
interface Kept {
  /** Absent once it was dropped: a map's outgrown tables hold what was in them until the next full collection. */
  admission: Admission | undefined;
  entries: Entry[];
  readonly bytes: number;
  status: MessageRecord['status'];
  settledAt: number;
  dead: boolean;
}

/** Of a journal without a log. */
const noLeaf = -1;

export interface MemoryJournalOptions {
  /**
   * Keep the audit log of the newest events. Without one a verdict still binds the message, whose digest is made when
   * somebody asks for it, and receipts have -1 in place of a leaf's index. Default true.
   */
  readonly log?: boolean;
  /**
   * Make each leaf's text at once, as a journal on disk does. Without, it is made when somebody asks for it: it is about
   * what does not change any more.
   */
  readonly leavesAtOnce?: boolean;
}

/** Told of what is committed, in its turn. */
export interface CommitObserver {
  admitted(admission: Admission): void;
  /** @param at wall-clock milliseconds. */
  changed(entry: Entry, event: HistoryEvent, at: number): void;
}

/** Newest message first, then by recipient. */
const isAfter = (entry: Entry, last: Pick<Entry, 'message' | 'ordinal'>): boolean =>
  entry.message < last.message || (entry.message === last.message && entry.ordinal > last.ordinal);

const dedupeKey = (tenant: string, from: string, key: string): string => `${tenant}/${from}/${key}`;

type Change = Extract<JournalWrite, { readonly kind: 'change' }>;

/** Keeps everything in memory: for tests, and for who wants governance alone. */
export class MemoryJournal implements Journal {
  readonly durability = 'memory';
  readonly epoch = 1;
  readonly #log: boolean;
  readonly #leavesAtOnce: boolean;
  readonly #messages = new Map<string, Kept>();
  readonly #ids = new OrderedIds((id) => this.#messages.has(id));
  readonly #marks = new Map<string, DedupeMark>();
  /** By conversation, then by what they are about. */
  readonly #facts = new Map<string, Map<string, ConversationFact>>();
  readonly #leaves = new LeafWindow();
  /** Ids of finished messages in the order of their finishing; those with a dead letter apart, since they stay longer. */
  readonly #finished = new Set<string>();
  readonly #dead = new Set<string>();
  #finishedBytes = 0;
  /** Set before anything is written. */
  observer: CommitObserver | undefined = undefined;

  constructor({ log = true, leavesAtOnce = false }: MemoryJournalOptions = {}) {
    this.#log = log;
    this.#leavesAtOnce = leavesAtOnce;
  }

  get leafCount(): number {
    return this.#leaves.count;
  }

  get finishedBytes(): number {
    return this.#finishedBytes;
  }

  write(write: JournalWrite): Eventual<number> {
    switch (write.kind) {
      case 'admission':
        return this.#admit(write.admission, write.entries);
      case 'change':
        return this.#change(write);
      case 'standing':
        this.#stand(write.standing);
        return noLeaf;
      case 'leaf':
        return this.#appendLeaf(write.subject, { text: write.text, weight: write.text.length });
    }
  }

  message(id: string): MessageRecord | undefined {
    const kept = this.#messages.get(id);
    return kept?.admission && recordOf(kept.admission, kept);
  }

  envelope(id: string): Envelope | undefined {
    return this.#messages.get(id)?.admission?.envelope;
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
    for (const { settledAt, entries } of this.#messages.values()) if (settledAt === 0) yield* entries;
  }

  list({ status, before, limit }: MessageFilter): readonly MessageRecord[] {
    const found: MessageRecord[] = [];
    for (const id of this.#ids.descending(before)) {
      const kept = this.#messages.get(id);
      if (kept?.admission === undefined || id === before || (status !== undefined && kept.status !== status)) continue;
      if (found.push(recordOf(kept.admission, kept)) === limit) break;
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
      const settledAt = this.#messages.get(id)?.settledAt ?? 0;
      if (dropped >= limit || (settledAt >= before && this.#finishedBytes <= finishedBytes)) break;
      this.#drop(id);
      dropped += 1;
    }
    return dropped;
  }

  #admit(admission: Admission, entries: readonly Entry[]): number {
    const { envelope, dedupe, facts = [] } = admission;
    const { id } = envelope.message;
    const { status, settledAt, dead } = admittedStanding(admission);
    const bytes = keptBytes(admission, envelope.leastBytes);
    const kept: Kept = { admission, entries: entries.slice(), bytes, status, settledAt, dead };
    this.#messages.set(id, kept);
    this.#ids.add(id);
    if (settledAt !== 0) this.#finish(id, kept);
    if (dedupe !== undefined) {
      const { tenant, from, key } = dedupe;
      this.#marks.set(dedupeKey(tenant, from, key), { ...dedupe, message: id });
    }
    for (const fact of facts) this.#setFact(fact);
    this.observer?.admitted(admission);
    return this.#log ? this.#appendLeaf(id, new AdmissionLeaf(admission)) : noLeaf;
  }

  #change({ entry, standing, event, facts }: Change): number {
    const kept = this.#messages.get(entry.message);
    if (kept !== undefined) kept.entries[entry.ordinal] = entry;
    if (standing !== undefined) this.#stand(standing);
    for (const fact of facts) this.#setFact(fact);
    if (event === undefined) return noLeaf;
    // Whatever ends, ends now; reading a moment costs more than it is worth.
    this.observer?.changed(entry, event, entry.settledAt === 0 ? Date.parse(event.at) : entry.settledAt);
    if (!this.#log) return noLeaf;
    return this.#appendLeaf(entry.message, new SettlementLeaf(entry, event));
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

  #stand({ id, status, settledAt: at, dead, turn }: Standing): void {
    const kept = this.#messages.get(id);
    if (kept === undefined) return;
    const before = kept.settledAt;
    // Where a sibling's change was taken back meanwhile, the message is not finished, whatever the last one thought.
    if (turn === 'finished' && (before !== 0 || !kept.entries.every(({ state }) => isFinal(state)))) return;
    const unturned = before === 0 || at === 0 ? before : at;
    const settledAt = turn === 'none' ? unturned : turn === 'finished' ? at : 0;
    if (before !== 0) this.#reopen(id, kept);
    kept.status = status;
    kept.settledAt = settledAt;
    kept.dead = dead;
    if (settledAt !== 0) this.#finish(id, kept);
  }

  #finish(id: string, { dead, bytes }: Kept): void {
    (dead ? this.#dead : this.#finished).add(id);
    this.#finishedBytes += bytes;
  }

  #reopen(id: string, { dead, bytes }: Kept): void {
    (dead ? this.#dead : this.#finished).delete(id);
    this.#finishedBytes -= bytes;
  }

  #appendLeaf(message: string, leaf: LeafText): number {
    return this.#leaves.append(message, this.#leavesAtOnce ? { text: leaf.text, weight: leaf.text.length } : leaf);
  }

  #drop(id: string): void {
    const kept = this.#messages.get(id);
    if (kept === undefined) return;
    this.#reopen(id, kept);
    this.#messages.delete(id);
    kept.admission = undefined;
    kept.entries = [];
    this.#ids.gone();
  }
}
