import { MessageError, priorityRank } from '@charterbus/core-models';
import type { Admission, Appended, EntryDraft, Interceptor } from '../broker/broker.js';
import type { DeliveryOptions } from '../broker/delivery-options.js';
import { type DedupeMark, keptBytes, type MessageRecord } from '../broker/journal.js';
import { AdmissionLeaf } from '../broker/leaf.js';
import { GroundMoved, KeyTaken } from '../broker/moved.js';
import { conversationKey } from '../conversation/conversation-key.js';
import { versionKey } from '../life/constitution-records.js';
import type { Result } from './batcher.js';
import { packFacts } from './facts.js';
import { RedisForms, type UsedForms } from './forms.js';
import { dedupeKey, packMark, unpackMark } from './marks.js';
import { mailboxOf, packBody, packContent, packRecord } from './packing.js';
import type { Shard } from './shard.js';
import type { Shards } from './shards.js';
import type { ConversationVersions } from './versions.js';

export interface PublisherOptions {
  readonly shards: Shards;
  readonly delivery: DeliveryOptions;
  readonly process: string;
  readonly versions: ConversationVersions;
  /** How many replicas have to have a message before it counts as replicated; nothing where none is waited for. */
  readonly replicasWanted: number | undefined;
  /** Whether a request of this process may be among what is sent. */
  readonly interceptor: () => Interceptor | undefined;
  /** Told that another constitution is in force; resolves when this process has followed. */
  readonly onGroundMoved: () => Promise<unknown>;
}

const noApprovals = Object.freeze([]);

/** The constitution that an admission was allowed under; nothing where nothing of it is to be delivered. */
const groundOf = ({ entries, verdicts: [{ binds }] }: Admission): string =>
  entries.length === 0 ? '' : versionKey({ hash: binds.constitutionDigest, dataVersion: binds.dataVersion });

/** The shard of the recipient's tenant: all recipients of a message are of one. */
const shardOfAdmission = ({ entries, envelope }: Admission, shards: Shards): Shard =>
  shards.of(entries[0]?.recipient.tenant ?? envelope.message.to.tenant);

/** How an entry begins: ready, held, or put off or in an order. */
const wayOf = (held: boolean, notBefore: number, orderingKey: string | undefined): 'n' | 'h' | 'o' => {
  if (held) return 'h';
  return notBefore === 0 && orderingKey === undefined ? 'n' : 'o';
};

interface Packing {
  /** What the entries of a message have in common: whether there are several, its bytes, whose request it is. */
  readonly common: string;
  readonly forms: RedisForms;
  readonly used: UsedForms;
}

const bodyOf = (
  { verdict, holdUntil, recipientRevision }: EntryDraft,
  { message, digest }: Admission['envelope'],
  notBefore: number,
  { forms, used }: Packing,
): string => {
  const { createdAt, retry } = message;
  const parts = {
    settledAt: 0,
    // By then its verdict is one of the past.
    judgeAgain: notBefore > 0 && notBefore > Date.parse(createdAt),
    retry,
    reason: undefined,
    verdict,
    approvals: noApprovals,
    history: holdUntil === undefined ? [] : [{ at: createdAt, kind: 'held' } as const],
    recipientRevision,
  };
  return packBody(parts, digest, forms, used);
};

const writeEntry = (draft: EntryDraft, { envelope }: Admission, packing: Packing, into: string[]): void => {
  const { recipient, holdUntil } = draft;
  const { message } = envelope;
  const notBefore = message.deliverAt === undefined ? 0 : Date.parse(message.deliverAt);
  const expiresAt = message.expiresAt === undefined ? 0 : Date.parse(message.expiresAt);
  const priority = priorityRank(message.priority);
  const held = holdUntil !== undefined;
  const mailbox = mailboxOf(recipient);
  const topic = 'topic' in message.to ? `.${message.to.topic}` : '-';
  // Of the sender's tenant: nobody outside of it can stand in the way of its keys.
  const lane = message.orderingKey === undefined ? '' : `${message.tenant}/${message.orderingKey}`;
  const dueAt = held ? Math.min(holdUntil, expiresAt || Number.POSITIVE_INFINITY) : expiresAt;
  const body = bodyOf(draft, envelope, notBefore, packing);
  into.push(
    mailbox,
    wayOf(held, notBefore, message.orderingKey),
    `${held ? 'h' : 'q'} 1 0 0 ${priority} `,
    ` ${notBefore} 0 - ${holdUntil ?? 0} ${expiresAt} 0 0 ${packing.common} `,
    ` - - ${topic} ${mailbox} ${lane}\n${body}`,
    String(priority),
    String(notBefore),
    String(dueAt),
  );
};

const packLeaf = (admission: Admission, forms: RedisForms, used: UsedForms): readonly [form: string, text: string] => {
  const leaf = new AdmissionLeaf(admission);
  const { formed } = leaf;
  if (formed === undefined) return ['', leaf.text];
  return [forms.of(formed.key, formed.form, used), `${Date.parse(formed.at)} ${formed.digest}`];
};

const recordOf = (admission: Admission): MessageRecord => {
  const { message } = admission.envelope;
  const { at: createdAt } = admission;
  return {
    id: message.id,
    tenant: message.tenant,
    from: message.from,
    senderRevision: admission.senderRevision,
    status: 'pending',
    createdAt,
    settledAt: 0,
    dead: false,
    verdicts: admission.verdicts.slice(0, 101),
    recipients: admission.recipients,
  };
};

/** Commits admissions. */
export class Publisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /**
   * @throws MessageError `QUEUE_FULL`; StoreError `STORE_UNAVAILABLE`, or `STORE_OUTCOME_UNKNOWN`: then a dedupe key tells,
   * since a second send is answered with the first one's receipt if that was kept.
   */
  async append(admission: Admission): Promise<Appended> {
    const shard = shardOfAdmission(admission, this.#options.shards);
    const { facts = [] } = admission;
    const conversation = facts[0]?.conversation ?? conversationKey(admission.envelope.message);
    let used: UsedForms = new Set();
    const result = await shard.publishing.add((into) => {
      used = new Set();
      this.#write(admission, conversation, shard, used, into);
    });
    return this.#appended(result, { admission, conversation, shard, used });
  }

  #write(
    admission: Admission,
    conversation: string | undefined,
    { forms }: Shard,
    used: UsedForms,
    into: string[],
  ): void {
    const { process, versions, interceptor } = this.#options;
    const { envelope, dedupe, entries, facts = [] } = admission;
    const { message, digest } = envelope;
    const record = recordOf(admission);
    const [form, leaf] = packLeaf(admission, forms, used);
    const packedRecord = packRecord(record, envelope, forms, used);
    const bytes = keptBytes(admission, envelope.contentBytes);
    const packedEntries: string[] = [];
    const origin = interceptor()?.waits === true ? process : '-';
    const common = `${entries.length > 1 ? 1 : 0} ${bytes} ${origin}`;
    for (const draft of entries) writeEntry(draft, admission, { common, forms, used }, packedEntries);
    into.push(
      message.id,
      packContent({ digest, bytes, record: packedRecord, envelope: envelope.text }),
      message.inReplyTo ?? '',
      groundOf(admission),
      conversation ?? '',
      versions.of(conversation),
    );
    into.push(form, leaf);
    if (dedupe === undefined) into.push('');
    else into.push(dedupeKey(dedupe), packMark(dedupe), String(dedupe.until));
    RedisForms.write(used, into);
    packFacts(facts, into);
    into.push(String(entries.length), ...packedEntries);
  }

  #appended(
    result: Result,
    {
      admission,
      conversation,
      shard,
      used,
    }: {
      readonly admission: Admission;
      readonly conversation: string | undefined;
      readonly shard: Shard;
      readonly used: UsedForms;
    },
  ): Appended {
    const { delivery, versions, onGroundMoved } = this.#options;
    const { value, replicas } = result;
    if (typeof value === 'number') {
      shard.forms.areStored(used);
      return { leafIndex: this.#indexOf(value, shard), ...this.#durability(replicas) };
    }
    const [kind, first, second] = value;
    switch (kind) {
      case 'learnt':
        shard.forms.areStored(used);
        if (conversation !== undefined) versions.see(conversation, String(second));
        return { leafIndex: this.#indexOf(Number(first), shard), ...this.#durability(replicas) };
      case 'full':
        throw new MessageError('QUEUE_FULL', 'The recipient, or its tenant, has too many unfinished messages.', {
          retryAfterMs: delivery.retryAfterMs,
        });
      case 'used':
        throw new KeyTaken(unpackMark(String(first), admission.dedupe as Pick<DedupeMark, 'tenant' | 'from' | 'key'>));
      case 'ground':
        throw new GroundMoved('constitution', onGroundMoved());
      default:
        throw new GroundMoved('conversation');
    }
  }

  #durability(replicas: number | undefined): Pick<Appended, 'durability'> {
    const { replicasWanted } = this.#options;
    const isReached = replicasWanted !== undefined && (replicas ?? 0) >= replicasWanted;
    return isReached ? { durability: 'replicated' } : {};
  }

  #indexOf(index: number, shard: Shard): number {
    return leafIndex(index, shard, this.#options.shards);
  }
}

/** Each shard numbers its own leaves; the index says which is which. With one shard indexes are dense. */
export const leafIndex = (index: number, { index: shard }: Shard, { all }: Shards): number =>
  index * all.length + shard;
