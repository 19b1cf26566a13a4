import {
  type Agent,
  type AgentReference,
  type Envelope,
  type JsonValue,
  type Message,
  MessageError,
  type MessageStatus,
  type RecipientCounts,
  sameRegistration,
  type Verdict,
} from '@charterbus/core-models';
import type { BrokerReader } from '../broker/broker.js';
import { deliveryId, type Entry, type EntryState, type HistoryEvent } from '../broker/entry.js';
import type { Leaf, MessageRecord } from '../broker/journal.js';
import { readLeaf } from '../broker/leaf.js';
import { capabilityMailbox, capabilityOf, groupMailbox, groupOf } from '../broker/mailbox-name.js';
import type { BusContext } from '../context.js';
import { deliveredEnvelope } from '../way/delivered.js';
import { publicVerdict, recipientVerdict } from '../way/public-verdict.js';

/** Where a message stands for one recipient. */
export interface DeliveryTrace {
  readonly id: string;
  readonly recipient: RecipientName;
  readonly state: EntryState;
  readonly attempts: number;
  readonly reason?: string;
  readonly verdict: Verdict;
  readonly history: readonly HistoryEvent[];
}

/** The whole way of a message, as far as who asks may see it. */
export interface MessageTrace {
  /** As it was sent; for its recipient, as it was delivered. */
  readonly message: Message;
  /** SHA-256 of the message's bytes: of those stored; for its recipient, of those that it got. */
  readonly digest: string;
  readonly status: MessageStatus;
  readonly createdAt: string;
  readonly settledAt?: string;
  readonly verdicts: readonly Verdict[];
  readonly recipients: RecipientCounts;
  readonly deliveries: readonly DeliveryTrace[];
  /** Its places in the audit log; the leaves themselves for operators. */
  readonly leaves: readonly { readonly index: number; readonly leaf?: JsonValue }[];
}

/** An agent, a queue group, or all who have a capability. */
export type RecipientName =
  | AgentReference
  | { readonly tenant: string; readonly group: string }
  | { readonly tenant: string; readonly capability: string };

export const recipientName = (mailbox: AgentReference): RecipientName => {
  const { tenant } = mailbox;
  const group = groupOf(mailbox);
  const capability = capabilityOf(mailbox);
  if (capability !== undefined) return { tenant, capability };
  return group === undefined ? mailbox : { tenant, group };
};

/** The mailbox of a recipient that is named so. */
export const mailboxNamed = (recipient: RecipientName): AgentReference => {
  if ('agent' in recipient) return recipient;
  const { tenant } = recipient;
  return 'group' in recipient ? groupMailbox(tenant, recipient.group) : capabilityMailbox(tenant, recipient.capability);
};

const toDeliveryTrace = (entry: Entry): DeliveryTrace => ({
  id: deliveryId(entry),
  recipient: recipientName(entry.recipient),
  state: entry.state,
  attempts: entry.attempt,
  ...(entry.reason === undefined ? {} : { reason: entry.reason }),
  verdict: entry.verdict,
  history: entry.history,
});

const notFound = (): MessageError => new MessageError('MESSAGE_NOT_FOUND', 'There is no such message.');
const gone = (): MessageError =>
  new MessageError('MESSAGE_GONE', 'The message is finished and no longer kept; its leaves are.');

const envelopeOf = async ({ id }: MessageRecord, reader: BrokerReader): Promise<Envelope> => {
  const envelope = await reader.envelope(id);
  if (envelope === undefined) throw gone();
  return envelope;
};

interface Complete extends MessageTrace {
  readonly entries: readonly Entry[];
}

const complete = async (record: MessageRecord, envelope: Envelope, reader: BrokerReader): Promise<Complete> => {
  const [entries, leaves] = await Promise.all([reader.entries(record.id), reader.leaves(record.id)]);
  return {
    entries,
    message: envelope.message,
    digest: envelope.digest,
    status: record.status,
    createdAt: new Date(record.createdAt).toISOString(),
    ...(record.settledAt === 0 ? {} : { settledAt: new Date(record.settledAt).toISOString() }),
    verdicts: record.verdicts,
    recipients: record.recipients,
    deliveries: entries.map(toDeliveryTrace),
    leaves: leaves.map((leaf) => ({ index: leaf.index, leaf: readLeaf(leaf) })),
  };
};

/** For operators: everything. */
export const traceForOperator = async (messageId: string, { broker }: BusContext): Promise<MessageTrace> => {
  const { reader } = broker;
  const record = await reader.message(messageId);
  if (record !== undefined) {
    const { entries: _, ...trace } = await complete(record, await envelopeOf(record, reader), reader);
    return trace;
  }
  throw (await reader.leaves(messageId)).length > 0 ? gone() : notFound();
};

/** What leaves say of who they concern; see `broker/leaf.ts`. */
interface Parties {
  readonly senderRevision?: string;
  readonly event?: string;
  readonly recipientRevision?: string;
}

/** Whether the leaves of a message that is no longer kept name the agent as its sender or as one it was delivered to. */
const concerned = (leaves: readonly Leaf[], { revision }: Agent): boolean =>
  leaves.some((kept) => {
    const leaf = readLeaf(kept) as Parties;
    const isRecipient = leaf.event === 'delivered' && sameRegistration(leaf.recipientRevision, revision);
    return isRecipient || sameRegistration(leaf.senderRevision, revision);
  });

const forSender = (trace: MessageTrace): MessageTrace => {
  const { tenant, to } = trace.message;
  const seen = (verdict: Verdict): Verdict => publicVerdict(verdict, tenant, to.tenant);
  // Of what another tenant let in nowhere only the denial: that `send` was allowed would tell that somebody is there.
  const foreign = tenant !== to.tenant;
  const nowhere = foreign && trace.recipients.allowed + trace.recipients.held === 0;
  const told = nowhere ? trace.verdicts.filter(({ effect }) => effect === 'deny') : trace.verdicts;
  // Nor who is subscribed there and was denied.
  const few = foreign && !('agent' in to);
  return {
    ...trace,
    verdicts: (few ? told.slice(0, 1) : told).map(seen),
    recipients: few ? { ...trace.recipients, denied: 0 } : trace.recipients,
    deliveries: trace.deliveries.map((delivery) => ({ ...delivery, verdict: seen(delivery.verdict) })),
    leaves: trace.leaves.map(({ index }) => ({ index })),
  };
};

const forRecipient = (trace: MessageTrace, own: DeliveryTrace, sent: Envelope): MessageTrace => {
  const verdict = recipientVerdict(own.verdict);
  const { message, digest } = deliveredEnvelope(sent, own.verdict);
  return {
    ...trace,
    message,
    digest,
    verdicts: [verdict],
    recipients: { allowed: 1, held: 0, denied: 0 },
    deliveries: [{ ...own, verdict }],
    leaves: trace.leaves.map(({ index }) => ({ index })),
  };
};

/** Whether the recipient was really given it: a lease alone is not enough, since what it gives may be judged again first. */
const wasGiven = ({ state, verdict, history }: DeliveryTrace, { life }: BusContext): boolean => {
  if (state === 'delivered') return true;
  const { constitutionDigest, dataVersion } = verdict.binds;
  // What was held at a grant has not been given by it.
  const sinceHeld = history.slice(history.findLastIndex(({ kind }) => kind === 'held') + 1);
  return (
    sinceHeld.some(({ kind }) => kind === 'granted') &&
    verdict.effect === 'allow' &&
    verdict.point === 'receive' &&
    constitutionDigest === life.current.hash &&
    dataVersion === life.current.dataVersion
  );
};

/** By registration, not by id: an agent that was registered anew under an old id is another agent. */
const isRecipient = ({ verdict, recipientRevision }: Entry, { revision }: Agent): boolean =>
  sameRegistration(verdict.binds.recipientRevision ?? recipientRevision, revision);

/**
 * For an agent: what it sent, or what was given to it. Who has no part in it is found out before anything else is read, so
 * that looking for what is another's takes no longer than looking for what is not there.
 *
 * @throws MessageError `MESSAGE_NOT_FOUND`, also for what exists but is none of its business; `MESSAGE_GONE`.
 */
export const traceFor = async (messageId: string, agent: Agent, context: BusContext): Promise<MessageTrace> => {
  const { reader } = context.broker;
  const record = await reader.message(messageId);
  if (record === undefined) throw concerned(await reader.leaves(messageId), agent) ? gone() : notFound();
  const isSender = sameRegistration(record.senderRevision, agent.revision);
  if (!isSender && !(await reader.entries(messageId)).some((entry) => isRecipient(entry, agent))) throw notFound();
  const envelope = await envelopeOf(record, reader);
  const { entries, ...trace } = await complete(record, envelope, reader);
  if (isSender) return forSender(trace);
  const own = trace.deliveries[entries.findIndex((entry) => isRecipient(entry, agent))];
  if (own === undefined || !wasGiven(own, context)) throw notFound();
  return forRecipient(trace, own, envelope);
};
