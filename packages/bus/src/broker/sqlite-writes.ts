import type { SqlValue, Write } from '@charterbus/store';
import {
  admittedStanding,
  type ConversationFact,
  type JournalWrite,
  keptBytes,
  type LeafText,
  type Standing,
} from './journal.js';
import { AdmissionLeaf, SettlementLeaf } from './leaf.js';
import type { RecentEnvelope } from './recent-envelopes.js';
import type { Form, FormUser, SqliteForms } from './sqlite-forms.js';
import { changedEntry, insertedMessage } from './sqlite-rows.js';

type WriteOf<Kind extends JournalWrite['kind']> = Extract<JournalWrite, { readonly kind: Kind }>;

/** What a write makes of the bytes of finished messages, if it changes anything. */
interface Ending {
  readonly id: string;
  readonly place: number;
  readonly bytes: number;
}

export const write = (statement: string, values: readonly SqlValue[]): Write => ({
  namespace: 'bus',
  statement,
  values,
});

/**
 * Turns what is kept together into the writes of one unit. The leaf comes first: a message takes its number from the leaf of
 * its admission, an entry that of its delivery. Forms come last.
 */
export class UnitBuilder implements FormUser {
  readonly writes: Write[] = [];
  /** The place of the leaf among the writes. */
  leaf: number | undefined;
  readonly endings: Ending[] = [];
  readonly #forms: SqliteForms;
  readonly #atHand: (message: string) => RecentEnvelope | undefined;
  readonly #used: Form[] = [];
  /** Whether the leaf has a form: that of one admission or of one delivery. */
  #formed = false;

  constructor(forms: SqliteForms, atHand: (message: string) => RecentEnvelope | undefined) {
    this.#forms = forms;
    this.#atHand = atHand;
  }

  /** @param bytesOf the bytes that a turn of a message adds to those of the finished messages. */
  build(one: JournalWrite, bytesOf: (standing: Standing) => number): this {
    switch (one.kind) {
      case 'admission':
        this.#admission(one);
        break;
      case 'change':
        this.#change(one, bytesOf);
        break;
      case 'standing':
        this.#stand(one.standing, bytesOf);
        break;
      case 'leaf':
        this.leaf = this.#push('leaf', [one.subject, one.text]);
        break;
    }
    for (const { number, text } of this.#used) this.#push('form', [number, text]);
    return this;
  }

  formOf(key: string, text: () => string): number {
    return this.#forms.of(key, text, this.#used);
  }

  /** The unit was committed. */
  formsAreStored(): void {
    for (const form of this.#used) form.stored = true;
  }

  #push(statement: string, values: readonly SqlValue[]): number {
    return this.writes.push(write(statement, values)) - 1;
  }

  #admission({ admission, entries }: WriteOf<'admission'>): void {
    const { dedupe, envelope, facts = [] } = admission;
    const { id } = envelope.message;
    this.#leaf(id, new AdmissionLeaf(admission));
    this.#push('message', insertedMessage(admission, entries, this));
    const { status, settledAt, dead } = admittedStanding(admission);
    if (status !== 'pending' || settledAt !== 0) {
      const statement = settledAt === 0 ? 'message-status' : 'message-finished';
      const place = this.#push(statement, [null, id, status, settledAt, dead ? 1 : 0]);
      if (settledAt !== 0) this.endings.push({ id, place, bytes: keptBytes(admission, envelope.contentBytes) });
    }
    if (dedupe !== undefined) {
      const { tenant, from, key, fingerprint, receipt, until } = dedupe;
      this.#push('dedupe', [tenant, from, key, fingerprint, id, JSON.stringify(receipt), until]);
    }
    this.#facts(facts);
  }

  #change({ entry, standing, event, facts }: WriteOf<'change'>, bytesOf: (standing: Standing) => number): void {
    const known = this.#atHand(entry.message);
    if (event !== undefined) this.#leaf(entry.message, new SettlementLeaf(entry, event));
    const row = { number: known?.number, digest: known?.envelope.digest, leaf: this.#formed };
    this.#push('entry-state', changedEntry(entry, row, this));
    if (standing !== undefined) this.#stand(standing, bytesOf);
    this.#facts(facts);
  }

  #leaf(message: string, leaf: LeafText): void {
    const { formed } = leaf;
    this.#formed = formed !== undefined;
    this.leaf =
      formed === undefined
        ? this.#push('leaf', [message, leaf.text])
        : this.#push('formed-leaf', [message, this.formOf(formed.key, formed.form), formed.at + formed.digest]);
  }

  #facts(facts: readonly ConversationFact[]): void {
    for (const { conversation, about, values, overflowed, until } of facts) {
      this.#push('conversation-fact', [conversation, about, values, overflowed ? 1 : 0, until]);
    }
  }

  #stand(standing: Standing, bytesOf: (standing: Standing) => number): void {
    const { id, status, settledAt, dead, turn, entries } = standing;
    const bytes = bytesOf(standing);
    const number = this.#atHand(id)?.number ?? null;
    const values = [number, id, status, settledAt, dead ? 1 : 0];
    if (turn === 'finished' && entries > 1) this.#push('message-all-finished', [...values, entries]);
    else this.#push(turn === 'finished' ? 'message-finished' : 'message-status', values);
    if (turn === 'reopened') this.#push('message-reopened', [number, id]);
    if (bytes !== 0) this.endings.push({ id, place: this.writes.length - 1, bytes });
  }
}
