import type { Digest } from '@charterbus/core-models';
import type { SqlValue, Write } from '@charterbus/store';
import type { Entry } from './entry.js';
import type { JournalChange } from './journal.js';
import type { UsedForms } from './sqlite-forms.js';
import { changedEntry, insertedMessage } from './sqlite-rows.js';

type ChangeOf<Kind extends JournalChange['kind']> = Extract<JournalChange, { readonly kind: Kind }>;

/** What of a message is at hand without reading it. */
export interface AtHand {
  readonly number: number;
  readonly digest: Digest;
}

/** A unit for the store, and where in it the writes stand whose results are asked for. */
export interface PreparedUnit {
  readonly writes: readonly Write[];
  /** In the order of the leaves among the changes. */
  readonly leaves: readonly number[];
  /** By the change; of a status the write that says whether its turn has come. */
  readonly statuses: ReadonlyMap<JournalChange, number>;
}

const write = (statement: string, values: readonly SqlValue[]): Write => ({ namespace: 'bus', statement, values });

/**
 * Turns the changes of one unit into writes. A leaf is written before what takes its number from it: a message from its
 * admission, an entry from its delivery.
 */
export class UnitBuilder {
  readonly #forms: UsedForms;
  readonly #atHand: (message: string) => AtHand | undefined;
  readonly #writes: Write[] = [];
  readonly #leaves: number[] = [];
  readonly #statuses = new Map<JournalChange, number>();

  constructor(forms: UsedForms, atHand: (message: string) => AtHand | undefined) {
    this.#forms = forms;
    this.#atHand = atHand;
  }

  build(changes: readonly JournalChange[]): PreparedUnit {
    const entries = changes.flatMap((change) => (change.kind === 'entry' ? [change.entry] : []));
    // The form of a leaf is that of one admission or one delivery: each unit has at most one of them.
    let formed = false;
    for (const change of changes) if (change.kind === 'leaf') formed = this.#leaf(change);
    for (const change of changes) this.#add(change, entries, formed);
    const forms = this.#forms.writes;
    const shifted = (place: number): number => place + forms.length;
    return {
      writes: [...forms, ...this.#writes],
      leaves: this.#leaves.map(shifted),
      statuses: new Map([...this.#statuses].map(([change, place]) => [change, shifted(place)])),
    };
  }

  #add(change: JournalChange, entries: readonly Entry[], formed: boolean): void {
    switch (change.kind) {
      case 'message':
        this.#message(change, entries);
        break;
      case 'entry-state': {
        const known = this.#atHand(change.entry.message);
        const row = { number: known?.number, digest: known?.digest, leaf: formed };
        this.#writes.push(write('entry-state', changedEntry(change.entry, row, this.#forms)));
        break;
      }
      case 'message-status':
        this.#status(change);
        break;
      case 'dedupe': {
        const { tenant, from, key, fingerprint, message, receipt, until } = change.mark;
        const values = [tenant, from, key, fingerprint, message, JSON.stringify(receipt), until];
        this.#writes.push(write('dedupe', values));
        break;
      }
      case 'conversation-fact': {
        const { conversation, about, values, overflowed, until } = change.fact;
        this.#writes.push(write('conversation-fact', [conversation, about, values, overflowed ? 1 : 0, until]));
        break;
      }
    }
  }

  /** @returns whether it has a form. */
  #leaf({ message, leaf }: ChangeOf<'leaf'>): boolean {
    const { formed } = leaf;
    const values =
      formed === undefined
        ? [message, null, leaf.text]
        : [message, this.#forms.of(formed.key, formed.form), formed.at + formed.digest];
    this.#leaves.push(this.#writes.push(write('leaf', values)) - 1);
    return formed !== undefined;
  }

  #message({ record, envelope }: ChangeOf<'message'>, entries: readonly Entry[]): void {
    this.#writes.push(write('message', insertedMessage(record, envelope, entries, this.#forms)));
    if (record.status === 'pending' && record.settledAt === 0) return;
    const statement = record.settledAt === 0 ? 'message-status' : 'message-finished';
    this.#writes.push(write(statement, [null, record.id, record.status, record.settledAt, record.dead ? 1 : 0]));
  }

  #status(change: ChangeOf<'message-status'>): void {
    const { id, status, settledAt, dead, turn, entries } = change;
    const number = this.#atHand(id)?.number ?? null;
    const values = [number, id, status, settledAt, dead ? 1 : 0];
    if (turn === 'finished' && entries > 1) this.#writes.push(write('message-all-finished', [...values, entries]));
    else this.#writes.push(write(turn === 'finished' ? 'message-finished' : 'message-status', values));
    if (turn === 'reopened') this.#writes.push(write('message-reopened', [number, id]));
    this.#statuses.set(change, this.#writes.length - 1);
  }
}
