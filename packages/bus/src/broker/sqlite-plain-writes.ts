import { type AgentReference, bindsMessage } from '@charterbus/core-models';
import type { SqlValue } from '@charterbus/store';
import type { Admission } from './broker.js';
import type { Entry, HistoryEvent } from './entry.js';
import type { FormedLeaf } from './journal.js';
import { AdmissionLeaf, SettlementLeaf } from './leaf.js';
import { deliveredEntry, momentOf, type PlainAdmission, plainAdmission, plainEnd } from './plain.js';
import { contentOf, isOfMiddle, middleOf, type PlainForm, plainKey } from './plain-form.js';
import type { Form, SqliteForms } from './sqlite-forms.js';
import { verdictForm } from './sqlite-rows.js';
import { positionsPerMs } from './turn.js';
import { type BareParts, barePartsOf, bareVerdictKey, isOfForm } from './verdict-form.js';

/** A form with what is needed to tell whether a message is of it, and to write it. */
interface KnownForm {
  readonly form: Form;
  readonly middle: string;
  readonly recipient: AgentReference;
  readonly send: BareParts;
  readonly receive: BareParts;
}

/** Senders whose forms are remembered, and the most of one: what is looked at one by one. */
const mostSenders = 10_000;
const mostOfSender = 8;

/** A row for a plain admission, and the form that it names. */
export interface PlainRow {
  readonly values: readonly SqlValue[];
  readonly form: Form;
}

/** How much later than the message its verdict is; nothing where the moment cannot be made of it again. */
const laterBy = (moment: string, createdAt: string, at: number): number | undefined => {
  if (moment === createdAt) return 0;
  const milliseconds = momentOf(moment);
  return milliseconds === undefined ? undefined : milliseconds - at;
};

/** Makes the rows of messages that ask for nothing in particular, and of their first deliveries. */
export class SqlitePlainWrites {
  readonly #forms: SqliteForms;
  /** By the revision of the sender, the newest first. */
  readonly #known = new Map<string, KnownForm[]>();

  constructor(forms: SqliteForms) {
    this.#forms = forms;
  }

  /** The row of an admission; nothing where it is not plain. */
  admitted(admission: Admission, entries: readonly Entry[]): PlainRow | undefined {
    const plain = plainAdmission(admission, entries);
    if (plain === undefined) return undefined;
    const { at, envelope } = admission;
    const { message, receive, send } = plain;
    const position = entries[0]?.position ?? 0;
    const sent = laterBy(send.at, message.createdAt, at);
    const received = laterBy(receive.at, message.createdAt, at);
    if (sent === undefined || received === undefined) return undefined;
    const known = this.#formOf(plain, admission, entries);
    if (known === undefined) return undefined;
    const ahead = Math.floor(position / positionsPerMs) - at;
    const { form } = known;
    return {
      form,
      values: [
        message.id,
        envelope.digest,
        form.number,
        position,
        ahead,
        sent,
        received,
        contentOf(envelope, known.middle),
      ],
    };
  }

  /** The row of a delivery of a plain message; nothing where it is not plain itself. */
  ended(entry: Entry, event: HistoryEvent, number: number): readonly SqlValue[] | undefined {
    const end = plainEnd(entry, event);
    return end && [number, end.at, end.granted, end.token];
  }

  #formOf(plain: PlainAdmission, admission: Admission, entries: readonly Entry[]): KnownForm | undefined {
    const { envelope, senderRevision } = admission;
    const { receive, recipient, send } = plain;
    if (!bindsMessage(send.binds, envelope) || !bindsMessage(receive.binds, envelope)) return undefined;
    const ofSender = this.#known.get(senderRevision);
    for (const known of ofSender ?? []) {
      const same =
        known.recipient.agent === recipient.agent &&
        known.recipient.tenant === recipient.tenant &&
        isOfForm(send, known.send) &&
        isOfForm(receive, known.receive) &&
        // Whatever else the form stands for is in the text of the envelope.
        isOfMiddle(envelope, known.middle);
      if (same) return known;
    }
    return this.#newForm(plain, admission, entries);
  }

  #newForm(plain: PlainAdmission, admission: Admission, entries: readonly Entry[]): KnownForm | undefined {
    const { receive, recipient, send } = plain;
    const verdicts = [bareVerdictKey(send), bareVerdictKey(receive)] as const;
    const [sent, received] = verdicts;
    const middle = middleOf(admission.envelope);
    if (sent === undefined || received === undefined || middle === undefined) return undefined;
    const formed = new AdmissionLeaf(admission).formed;
    if (formed === undefined) return undefined;
    const key = plainKey(plain, admission, [sent, received]);
    const form = this.#forms.known(key) ?? this.#make(key, middle, { plain, admission, entries, formed });
    const made = { form, middle, recipient, send: barePartsOf(send), receive: barePartsOf(receive) };
    this.#remember(admission.senderRevision, made);
    return made;
  }

  #remember(senderRevision: string, form: KnownForm): void {
    const ofSender = this.#known.get(senderRevision) ?? [];
    this.#known.set(senderRevision, [form, ...ofSender].slice(0, mostOfSender));
    if (this.#known.size <= mostSenders) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      break;
    }
  }

  #make(
    key: string,
    middle: string,
    of: {
      readonly plain: PlainAdmission;
      readonly admission: Admission;
      readonly entries: readonly Entry[];
      readonly formed: FormedLeaf;
    },
  ): Form {
    const { admission, entries, formed, plain } = of;
    const { message, receive, recipient, send } = plain;
    const parts: Form[] = [];
    const leaf = deliveryLeafOf(entries);
    const text: PlainForm = {
      tenant: message.tenant,
      from: message.from,
      senderRevision: admission.senderRevision,
      recipient,
      priority: entries[0]?.priority ?? 0,
      middle,
      forms: [
        this.#forms.of(bareVerdictKey(send) ?? '', () => verdictForm(send), parts),
        this.#forms.of(bareVerdictKey(receive) ?? '', () => verdictForm(receive), parts),
        this.#forms.of(formed.key, formed.form, parts),
        leaf === undefined ? 0 : this.#forms.of(leaf.key, leaf.form, parts),
      ],
    };
    return this.#forms.make(key, JSON.stringify(text), parts);
  }
}

/** The leaf of a first delivery, which is the same for all messages of a form but for its moment and what it names. */
const deliveryLeafOf = ([entry]: readonly Entry[]): FormedLeaf | undefined => {
  if (entry === undefined) return undefined;
  const delivered = deliveredEntry(entry, { at: 0, granted: 0, token: 0 });
  const event = delivered.history.at(-1);
  return event && new SettlementLeaf(delivered, event).formed;
};
