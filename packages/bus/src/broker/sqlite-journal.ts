import type { Envelope } from '@charterbus/core-models';
import type { Row, SqlValue, Store, WriteResult } from '@charterbus/store';
import { promised } from '../eventual.js';
import type { EnterpriseTenants } from '../usage/operations.js';
import { SqliteUsage } from '../usage/sqlite-usage.js';
import type { Admission } from './broker.js';
import type { Entry } from './entry.js';
import {
  type ConversationFact,
  type DeadLetterFilter,
  type DedupeMark,
  type Journal,
  type JournalWrite,
  keptBytes,
  type Leaf,
  type MessageFilter,
  type MessageRecord,
  type Pruning,
  type Standing,
} from './journal.js';
import type { Recall } from './recall.js';
import { type RecentEnvelope, RecentEnvelopes } from './recent-envelopes.js';
import { drops, plainDrops } from './sqlite-drops.js';
import { type Form, SqliteForms, useForm } from './sqlite-forms.js';
import { envelopeFromRow, isPlain } from './sqlite-plain-rows.js';
import { type PlainRow, SqlitePlainWrites } from './sqlite-plain-writes.js';
import { SqliteRecall } from './sqlite-recall.js';
import {
  admittedEntries,
  conversationFactFromRow,
  entryFromRow,
  leafFromRow,
  markFromRow,
  messageFromRow,
} from './sqlite-rows.js';
import { UnitBuilder, write } from './sqlite-writes.js';

/** Above every id: listings without a bound begin here. */
const afterAllIds = '~';

/** The store answers each write with a result. */
const rowid = (result: WriteResult | undefined): number => result?.lastInsertRowid ?? 0;

/** Statuses that are found by an index: the others are what most messages have. */
const isRare = (status: MessageRecord['status']): boolean =>
  status === 'failed' || status === 'expired' || status === 'pending_deliberation';

/** Whether a message that is chosen to go has ended plainly. */
const isPlainEnd = (row: Row): boolean => row['plain'] === 1;

/** Keeps everything in the shared store. */
export class SqliteJournal implements Journal {
  readonly durability;
  readonly epoch: number;
  readonly #store: Store;
  readonly #forms: SqliteForms;
  readonly #plain: SqlitePlainWrites;
  readonly recall: Recall;
  readonly #recent = new RecentEnvelopes();
  readonly #atHand = (message: string): RecentEnvelope | undefined => this.#recent.get(message);
  readonly usage: SqliteUsage;
  #finishedBytes: number;

  private constructor(store: Store, epoch: number, enterprise: EnterpriseTenants) {
    this.durability = store.durability;
    this.epoch = epoch;
    this.#store = store;
    this.#forms = new SqliteForms(store);
    this.#plain = new SqlitePlainWrites(this.#forms);
    this.usage = new SqliteUsage(store, this.#forms, enterprise);
    this.recall = new SqliteRecall({
      store,
      forms: this.#forms,
      recent: this.#recent,
      others: () => this.#unfinished('unfinished-others'),
    });
    this.#finishedBytes = Number(this.#row('finished-bytes', [])?.['bytes'] ?? 0);
  }

  /** The store must have been opened with `busNamespace`. Each opening begins an epoch. */
  static async open(store: Store, enterprise: EnterpriseTenants = new Set()): Promise<SqliteJournal> {
    const [result] = await store.commit([write('epoch', [])]);
    return new SqliteJournal(store, rowid(result), enterprise);
  }

  get leafCount(): number {
    return Number(this.#row('leaf-count', [])?.['leaves'] ?? 0);
  }

  get finishedBytes(): number {
    return this.#finishedBytes;
  }

  write(one: JournalWrite): Promise<number> {
    return this.#writePlain(one) ?? this.#writeUnit(one);
  }

  /** What asks for nothing in particular takes one row; nothing where it is something else. */
  #writePlain(one: JournalWrite): Promise<number> | undefined {
    if (one.kind === 'admission') {
      const row = this.#plain.admitted(one.admission, one.entries);
      return row && this.#admitPlain(one.admission, row);
    }
    if (one.kind !== 'change' || one.event === undefined || one.facts.length > 0) return undefined;
    const known = this.#recent.get(one.entry.message);
    if (known?.plain !== true) return undefined;
    const values = this.#plain.ended(one.entry, one.event, known.number);
    return values && this.#endPlain(one.entry.message, known.bytes, values);
  }

  async #admitPlain(admission: Admission, { values, form }: PlainRow): Promise<number> {
    const row = write('plain-message', values);
    const forms: Form[] = [];
    useForm(form, forms);
    const unit = forms.length === 0 ? [row] : [row, ...forms.map(({ number, text }) => write('form', [number, text]))];
    const [result] = await this.#store.commit(unit);
    for (const one of forms) one.stored = true;
    const number = rowid(result);
    this.usage.committed();
    this.#remember(admission, number, true);
    return number - 1;
  }

  async #endPlain(id: string, bytes: number, values: readonly SqlValue[]): Promise<number> {
    const [result] = await this.#store.commit([write('plain-end', values)]);
    this.#finishedBytes += bytes;
    this.usage.committed();
    this.#recent.delete(id);
    return rowid(result) - 1;
  }

  #writeUnit(one: JournalWrite): Promise<number> {
    return promised(() => {
      // Looked up before the commit: a read that failed after it would deny what was kept.
      const unit = new UnitBuilder(this.#forms, this.#atHand).build(one, this.#finishing);
      return this.#store.commit(unit.writes).then((results) => this.#committed(unit, one, results));
    });
  }

  #committed(unit: UnitBuilder, one: JournalWrite, results: readonly WriteResult[]): number {
    unit.formsAreStored();
    const index = unit.leaf === undefined ? -1 : rowid(results[unit.leaf]) - 1;
    if (index >= 0) this.usage.committed();
    if (one.kind === 'admission') this.#remember(one.admission, index + 1, false);
    for (const { id, place, bytes } of unit.endings) {
      if (results[place]?.changes === 0) continue;
      this.#finishedBytes += bytes;
      // Whoever still looks at it reads it: what has ended is looked at seldom.
      if (bytes > 0) this.#recent.delete(id);
    }
    return index;
  }

  message(id: string): MessageRecord | undefined {
    const row = this.#row('message', [id]);
    return row && messageFromRow(row, this.#forms);
  }

  envelope(id: string): Envelope | undefined {
    const cached = this.#recent.get(id);
    if (cached !== undefined) return cached.envelope;
    const row = this.#row('envelope', [id]);
    if (row === undefined) return undefined;
    const envelope = envelopeFromRow(row, this.#forms);
    this.#recent.set(id, { number: Number(row['number']), envelope, bytes: Number(row['bytes']), plain: isPlain(row) });
    return envelope;
  }

  entries(message: string): readonly Entry[] {
    const row = this.#row('message', [message]);
    if (row === undefined) return [];
    const entries = admittedEntries(row, this.#forms);
    if (typeof row['ended'] === 'number') return entries;
    for (const changed of this.#store.read('bus', 'entries', [message])) {
      const entry = entryFromRow(changed, this.#forms);
      entries[entry.ordinal] = entry;
    }
    return entries;
  }

  leaves(message: string): readonly Leaf[] {
    return this.#store.read('bus', 'leaves', [message]).map((row) => leafFromRow(row, this.#forms));
  }

  leaf(index: number): Leaf | undefined {
    const row = this.#row('leaf', [index + 1]);
    return row && leafFromRow(row, this.#forms);
  }

  duplicate(tenant: string, from: string, key: string, now: number): DedupeMark | undefined {
    const row = this.#row('dedupe', [tenant, from, key, now]);
    return row && markFromRow(row);
  }

  conversationFacts(conversation: string, now: number): readonly ConversationFact[] {
    return this.#store.read('bus', 'conversation-facts', [conversation, now]).map(conversationFactFromRow);
  }

  /** Messages and what has changed of them are read side by side, both in the order of their numbers. */
  unfinished(): Iterable<Entry> {
    return this.#unfinished('unfinished');
  }

  *#unfinished(statement: 'unfinished' | 'unfinished-others'): Iterable<Entry> {
    const changes = this.#store.iterate('bus', 'unfinished-entries', []);
    let changed = changes.next();
    for (const row of this.#store.iterate('bus', statement, [])) {
      const entries = admittedEntries(row, this.#forms);
      for (; changed.done !== true && changed.value['number'] === row['number']; changed = changes.next()) {
        const entry = entryFromRow(changed.value, this.#forms);
        entries[entry.ordinal] = entry;
      }
      yield* entries;
    }
  }

  list({ status, before = afterAllIds, limit }: MessageFilter): readonly MessageRecord[] {
    const rows =
      status === undefined
        ? this.#store.read('bus', 'list', [before, limit])
        : this.#store.read('bus', isRare(status) ? 'list-rare' : 'list-by-status', [status, before, limit]);
    return rows.map((row) => messageFromRow(row, this.#forms));
  }

  deadLetters({ before, limit, reason, recipient }: DeadLetterFilter): readonly Entry[] {
    const page = [before?.message ?? afterAllIds, before?.ordinal ?? 0, limit];
    const wanted = [recipient?.tenant ?? null, recipient?.agent ?? null, reason ?? null];
    return this.#store.read('bus', 'dead-letters', [...page, ...wanted]).map((row) => entryFromRow(row, this.#forms));
  }

  async prune(pruning: Pruning, now: number): Promise<number> {
    const outlived = this.#outlived(pruning);
    const chosen = outlived.length > 0 ? outlived : this.#oldestAbove(pruning);
    const plain = chosen.filter(isPlainEnd);
    const others = chosen.filter((row) => !isPlainEnd(row));
    const outlivedKeys = [write('drop-dedupe', [now]), write('drop-conversation-facts', [now])];
    const numbers = JSON.stringify(plain.map(({ number }) => number));
    const droppingPlain = plain.length === 0 ? [] : plainDrops.map((statement) => write(statement, [numbers]));
    const dropping = others.flatMap(({ number = null }) => drops.map((statement) => write(statement, [number])));
    const results = await this.#store.commit([...outlivedKeys, ...droppingPlain, ...dropping]);
    const first = outlivedKeys.length + droppingPlain.length + drops.indexOf('drop-message');
    const dropped = others.filter((_row, at) => results[first + drops.length * at]?.changes === 1).concat(plain);
    for (const row of dropped) {
      this.#finishedBytes -= Number(row['bytes']);
      this.#recent.delete(String(row['id']));
    }
    return dropped.length;
  }

  #outlived({ finishedBefore, deadBefore, limit }: Pruning): readonly Row[] {
    const chosen: Row[] = [];
    for (const row of this.#store.iterate('bus', 'ended', [])) {
      // Those behind it were admitted later, and ended later than that.
      if (chosen.length === limit || Number(row['admitted']) >= finishedBefore) break;
      if (Number(row['ended']) < finishedBefore) chosen.push({ ...row, plain: 1 });
    }
    if (chosen.length === limit) return chosen;
    return chosen.concat(this.#store.read('bus', 'outlived', [finishedBefore, deadBefore, limit - chosen.length]));
  }

  /** The oldest finished messages, as many as must go to come under the bound. */
  #oldestAbove({ finishedBytes, limit }: Pruning): readonly Row[] {
    let excess = this.#finishedBytes - finishedBytes;
    if (excess <= 0) return [];
    const chosen: Row[] = [];
    const oldest = this.#store.read('bus', 'oldest', [limit]);
    // Dead letters go last: somebody may still want them.
    const dead = oldest.length < limit ? this.#store.read('bus', 'oldest-dead', [limit - oldest.length]) : [];
    for (const row of [...oldest, ...dead]) {
      if (excess <= 0) break;
      chosen.push(row);
      excess -= Number(row['bytes']);
    }
    return chosen;
  }

  /** The bytes that a turn of a message adds to those of the finished messages. */
  readonly #finishing = ({ id, turn }: Standing): number => {
    if (turn === 'none') return 0;
    const bytes = this.#recent.get(id)?.bytes ?? Number(this.#row('bytes', [id])?.['bytes'] ?? 0);
    return turn === 'reopened' ? -bytes : bytes;
  };

  #remember(admission: Admission, number: number, plain: boolean): void {
    const { envelope } = admission;
    this.#recent.set(envelope.message.id, {
      number,
      envelope,
      bytes: keptBytes(admission, envelope.contentBytes),
      plain,
    });
  }

  #row(statement: string, values: readonly SqlValue[]): Row | undefined {
    return this.#store.read('bus', statement, values)[0];
  }
}
