import { type AgentReference, StoreError } from '@charterbus/core-models';
import type { Row, Store } from '@charterbus/store';
import type { Entry } from './entry.js';
import { isAsAdmitted } from './plain.js';
import type { Recall, WaitingEntry } from './recall.js';
import type { RecentEnvelopes } from './recent-envelopes.js';
import type { SqliteForms } from './sqlite-forms.js';
import { envelopeFromRow, plainEntry, unreadableEntry, type WaitingForm, waitingForm } from './sqlite-plain-rows.js';

/** Rows that are read at a time where there may be a million: some megabytes. */
const rowsAtATime = 10_000;

export interface SqliteRecallOptions {
  readonly store: Store;
  readonly forms: SqliteForms;
  readonly recent: RecentEnvelopes;
  readonly others: () => Iterable<Entry>;
}

const isDamage = (error: unknown): boolean => StoreError.isInstance(error) && error.code === 'STORE_CORRUPT';

/** Reads plain messages back by their numbers. */
export class SqliteRecall implements Recall {
  readonly others: () => Iterable<Entry>;
  readonly #store: Store;
  readonly #forms: SqliteForms;
  readonly #recent: RecentEnvelopes;

  constructor({ store, forms, recent, others }: SqliteRecallOptions) {
    this.others = others;
    this.#store = store;
    this.#forms = forms;
    this.#recent = recent;
  }

  letGo(entry: Entry): number | undefined {
    const recent = this.#recent.get(entry.message);
    if (recent?.plain !== true || !isAsAdmitted(entry)) return undefined;
    const { number } = recent;
    this.#recent.delete(entry.message);
    return number;
  }

  read(numbers: readonly number[], recipient: AgentReference): readonly Entry[] {
    return this.#store.read('bus', 'recalled', [JSON.stringify(numbers)]).map((row) => {
      this.#remember(row);
      return this.#entryOf(row, recipient);
    });
  }

  *waiting(): Iterable<WaitingEntry> {
    const ofForms = new Map<unknown, WaitingForm>();
    for (let after = 0; ; ) {
      const rows = this.#store.read('bus', 'waiting', [after, rowsAtATime]);
      for (const row of rows) {
        const { form, number, position } = row;
        const known = ofForms.get(form) ?? this.#formOf(row);
        ofForms.set(form, known);
        const { recipient, priority } = known;
        yield { number: Number(number), recipient, priority, position: Number(position) };
      }
      if (rows.length < rowsAtATime) return;
      after = Number(rows.at(-1)?.['number']);
    }
  }

  #formOf(row: Row): WaitingForm {
    // Its id is looked up only where the place is told.
    const { id = null } = this.#store.read('bus', 'id', [row['number'] ?? null])[0] ?? {};
    return waitingForm({ ...row, id }, this.#forms);
  }

  /** What cannot be told any more becomes a dead letter when it is to be given, since its message cannot be read either. */
  #entryOf(row: Row, recipient: AgentReference): Entry {
    try {
      return plainEntry(row, this.#forms);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return unreadableEntry(row, recipient);
    }
  }

  /** So that it is not read again, one by one. Whoever gives it finds out where it is damaged. */
  #remember(row: Row): void {
    try {
      const envelope = envelopeFromRow(row, this.#forms);
      const [number, bytes] = [Number(row['number']), Number(row['bytes'])];
      this.#recent.set(envelope.message.id, { number, envelope, bytes, plain: true });
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
}
