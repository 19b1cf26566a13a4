import type { SqlValue, Write } from '@charterbus/store';
import type { Entry } from './entry.js';
import type { JournalChange } from './journal.js';
import type { RecentEnvelope } from './recent-envelopes.js';
import type { Form, FormUser, SqliteForms } from './sqlite-forms.js';
import { changedEntry, insertedMessage } from './sqlite-rows.js';

type ChangeOf<Kind extends JournalChange['kind']> = Extract<JournalChange, { readonly kind: Kind }>;

/** What a write makes of the bytes of finished messages, if it changes anything. */
interface Ending {
  readonly id: string;
  readonly place: number;
  readonly bytes: number;
}

const write = (statement: string, values: readonly SqlValue[]): Write => ({ namespace: 'bus', statement, values });

/**
 * Turns the changes of one unit into writes. Leaves come first: a message takes its number from the leaf of its admission, an
 * entry that of its delivery. Forms come last.
 */
export class UnitBuilder implements FormUser {
  readonly writes: Write[] = [];
  /** Where the leaves stand among the writes. */
  readonly leaves: number[] = [];
  readonly endings: Ending[] = [];
  readonly #forms: SqliteForms;
  readonly #atHand: (message: string) => RecentEnvelope | undefined;
  readonly #used: Form[] = [];
  /** Each unit has at most one leaf with a form: that of one admission or of one delivery. */
  #formed = false;

  constructor(forms: SqliteForms, atHand: (message: string) => RecentEnvelope | undefined) {
    this.#forms = forms;
    this.#atHand = atHand;
  }

  /** @param bytesOf the bytes that a change adds to those of the finished messages. */
  build(changes: readonly JournalChange[], bytesOf: (change: JournalChange) => number): this {
    for (const change of changes) if (change.kind === 'leaf') this.#leaf(change);
    for (const change of changes) this.#add(change, changes, bytesOf);
    for (const { number, text } of this.#used) this.writes.push(write('form', [number, text]));
    return this;
  }

  formOf(key: string, text: () => string): number {
    return this.#forms.of(key, text, this.#used);
  }

  /** The unit was committed. */
  formsAreStored(): void {
    for (const form of this.#used) form.stored = true;
  }

  #add(change: JournalChange, changes: readonly JournalChange[], bytesOf: (change: JournalChange) => number): void {
    switch (change.kind) {
      case 'message':
        this.#message(change, entriesOf(changes), bytesOf(change));
        break;
      case 'entry-state': {
        const known = this.#atHand(change.entry.message);
        const row = { number: known?.number, digest: known?.envelope.digest, leaf: this.#formed };
        this.writes.push(write('entry-state', changedEntry(change.entry, row, this)));
        break;
      }
      case 'message-status':
        this.#status(change, bytesOf(change));
        break;
      case 'dedupe': {
        const { tenant, from, key, fingerprint, message, receipt, until } = change.mark;
        const values = [tenant, from, key, fingerprint, message, JSON.stringify(receipt), until];
        this.writes.push(write('dedupe', values));
        break;
      }
      case 'conversation-fact': {
        const { conversation, about, values, overflowed, until } = change.fact;
        this.writes.push(write('conversation-fact', [conversation, about, values, overflowed ? 1 : 0, until]));
        break;
      }
      case 'entry':
      case 'leaf':
        // Written with the message, and before.
        break;
    }
  }

  #leaf({ message, leaf }: ChangeOf<'leaf'>): void {
    const { formed } = leaf;
    this.#formed ||= formed !== undefined;
    const written =
      formed === undefined
        ? write('leaf', [message, leaf.text])
        : write('formed-leaf', [message, this.formOf(formed.key, formed.form), formed.at + formed.digest]);
    this.leaves.push(this.writes.push(written) - 1);
  }

  #message({ record, envelope }: ChangeOf<'message'>, entries: readonly Entry[], bytes: number): void {
    this.writes.push(write('message', insertedMessage(record, envelope, entries, this)));
    if (record.status === 'pending' && record.settledAt === 0) return;
    const statement = record.settledAt === 0 ? 'message-status' : 'message-finished';
    this.writes.push(write(statement, [null, record.id, record.status, record.settledAt, record.dead ? 1 : 0]));
    this.#end(record.id, bytes);
  }

  #status({ id, status, settledAt, dead, turn, entries }: ChangeOf<'message-status'>, bytes: number): void {
    const number = this.#atHand(id)?.number ?? null;
    const values = [number, id, status, settledAt, dead ? 1 : 0];
    if (turn === 'finished' && entries > 1) this.writes.push(write('message-all-finished', [...values, entries]));
    else this.writes.push(write(turn === 'finished' ? 'message-finished' : 'message-status', values));
    if (turn === 'reopened') this.writes.push(write('message-reopened', [number, id]));
    this.#end(id, bytes);
  }

  #end(id: string, bytes: number): void {
    if (bytes !== 0) this.endings.push({ id, place: this.writes.length - 1, bytes });
  }
}

const entriesOf = (changes: readonly JournalChange[]): readonly Entry[] =>
  changes.flatMap((change) => (change.kind === 'entry' ? [change.entry] : []));
