import {
  type Agent,
  agentKey,
  type Envelope,
  type Receipt,
  type RecipientCounts,
  type Verdict,
} from '@charterbus/core-models';
import type { Admission, Appended, EntryDraft } from '../broker/broker.js';
import type { BusContext, JudgingContext } from '../context.js';
import type { ConversationView } from '../conversation/conversation-view.js';
import { movedOn } from '../conversation/conversations.js';
import { type Eventual, whenKnown } from '../eventual.js';
import type { DedupeClaim } from './dedupe.js';
import { denialError } from './denial.js';
import type { Judged, Judgement } from './judge.js';
import { publicVerdict } from './public-verdict.js';

/** A message with all that was decided about it. */
export interface Decided {
  readonly envelope: Envelope;
  readonly sender: Agent;
  readonly judgement: Judgement;
  /** One recipient, so that its verdict is the message's. */
  readonly direct: boolean;
  /** Deny all when one is denied. */
  readonly atomic: boolean;
  readonly dedupe: DedupeClaim | undefined;
  /** Throws where the sender aborted or went before anything was written. */
  readonly checkSender: () => void;
}

/** A receipt lists at most so many verdicts at `receive`. */
const listedVerdicts = 100;

const countRecipients = (judged: readonly Judged[]): RecipientCounts => {
  const counts = { allow: 0, escalate: 0, deny: 0 };
  for (const { verdict } of judged) counts[verdict.effect] += 1;
  return { allowed: counts.allow, held: counts.escalate, denied: counts.deny };
};

const entriesOf = (
  judged: readonly Judged[],
  { message }: Envelope,
  { constitution, clock }: JudgingContext,
): readonly EntryDraft[] => {
  const holdEnd = clock.now() + constitution.manifest.thresholds.holdSeconds * 1000;
  const holdUntil = message.expiresAt === undefined ? holdEnd : Math.min(holdEnd, Date.parse(message.expiresAt));
  const entries: EntryDraft[] = [];
  for (const { recipient, verdict } of judged) {
    const { reference } = recipient;
    if (verdict.effect === 'allow') entries.push({ recipient: reference, verdict });
    else if (verdict.effect === 'escalate') entries.push({ recipient: reference, verdict, holdUntil });
  }
  return entries;
};

/** `send` first, then each different verdict at `receive`. */
const verdictsOf = ({ send, recipients }: Judgement): readonly [Verdict, ...Verdict[]] => [
  send,
  ...recipients.map(({ verdict }) => verdict).filter((verdict) => verdict !== send),
];

const decidingDenial = ({ send, recipients }: Judgement): Verdict =>
  send.effect === 'deny' ? send : (recipients.find(({ verdict }) => verdict.effect === 'deny')?.verdict ?? send);

/** A recipient that was unregistered between judgement and commit was not there to be abandoned with its queue. */
const abandonGone = (accepted: readonly Judged[], { registry, broker, background }: BusContext): void => {
  for (const { recipient, verdict } of accepted) {
    if (verdict.effect === 'deny' || registry.find(recipient.reference) !== undefined) continue;
    background.run('abandon', () => broker.abandon(recipient.reference, 'RECIPIENT_UNREACHABLE'));
  }
};

/** What the message makes known: nothing unless it was allowed, to one recipient. */
const observed = (decided: Decided, accepted: readonly Judged[], { constitution }: JudgingContext) => {
  const [only] = accepted;
  if (!decided.direct || only?.verdict.effect !== 'allow') return [];
  const { envelope, sender } = decided;
  return constitution.observe({ message: envelope.message, sender, recipient: only.recipient.agent });
};

const deniedOf = ({ recipients }: Judgement, refused: boolean): readonly string[] => {
  const denied = refused ? recipients : recipients.filter(({ verdict }) => verdict.effect === 'deny');
  return denied.map(({ recipient }) => agentKey(recipient.reference));
};

type Unfrozen<T> = { -readonly [Field in keyof T]: T[Field] };

/** What its sender is told, but for the leaf's index, which the commit assigns. */
const receiptOf = (
  { direct, envelope }: Decided,
  verdicts: readonly Verdict[],
  recipients: RecipientCounts,
  { broker, constitution }: JudgingContext,
): Unfrozen<Receipt> => {
  const { id, tenant, to } = envelope.message;
  const receipt: Unfrozen<Receipt> = {
    messageId: id,
    status: recipients.allowed > 0 ? 'accepted' : 'held',
    verdicts: verdicts.slice(0, listedVerdicts + 1).map((verdict) => publicVerdict(verdict, tenant, to.tenant)),
    constitutionalHash: constitution.shortHash,
    durability: broker.capabilities.durability,
    leafIndex: -1,
  };
  if (!direct) receipt.recipients = recipients;
  return receipt;
};

/** What of a decision is written, and what its sender is told. */
const outcomeOf = (decided: Decided, context: JudgingContext) => {
  const { envelope, judgement, dedupe, sender } = decided;
  const counted = countRecipients(judgement.recipients);
  const refused = counted.allowed + counted.held === 0 || (decided.atomic && counted.denied > 0);
  const accepted = refused ? [] : judgement.recipients;
  const recipients = refused ? { allowed: 0, held: 0, denied: judgement.recipients.length } : counted;
  const verdicts = verdictsOf(judgement);
  const receipt = receiptOf(decided, verdicts, recipients, context);
  const admission: Unfrozen<Admission> = {
    envelope,
    senderRevision: sender.revision,
    verdicts,
    entries: entriesOf(accepted, envelope, context),
    denied: deniedOf(judgement, refused),
    recipients,
  };
  if (dedupe !== undefined && !refused) {
    const { leafIndex: _, ...first } = receipt;
    admission.dedupe = dedupe.mark(first);
  }
  return { accepted, admission, receipt, refused };
};

const denialOf = ({ envelope, judgement }: Decided, { constitution }: JudgingContext): Error => {
  const { message } = envelope;
  const verdict = publicVerdict(decidingDenial(judgement), message.tenant, message.to.tenant);
  return denialError(verdict, message.id, constitution.shortHash);
};

/**
 * Commits what was decided: the message, its verdicts, its entries, its dedupe mark, what it makes known of its
 * conversation and its leaf, or none of them.
 *
 * @param conversation what the judgement rests on besides the constitution.
 * @returns the receipt, or that one of them has moved on and nothing was committed.
 * @throws the denial as an error, after it was committed; MessageError `QUEUE_FULL`; StoreError.
 */
export const commit = (
  decided: Decided,
  conversation: ConversationView | undefined,
  context: JudgingContext,
): Eventual<Receipt | typeof movedOn> => {
  const { accepted, admission, receipt, refused } = outcomeOf(decided, context);
  const observations = observed(decided, accepted, context);
  const appended = context.conversations.commit<Appended>(conversation, observations, context.lease, (facts) => {
    decided.checkSender();
    admission.facts = facts;
    return context.broker.append(admission);
  });
  return whenKnown(appended, (committed) => {
    if (committed === movedOn) return movedOn;
    abandonGone(accepted, context);
    const outcome = refused ? 'denied' : receipt.status === 'held' ? 'held' : 'allowed';
    context.variantCounts.add(context.constitution, decided.envelope.message, outcome);
    if (refused) throw denialOf(decided, context);
    receipt.leafIndex = committed.leafIndex;
    if (committed.durability !== undefined) receipt.durability = committed.durability;
    return receipt;
  });
};

/**
 * Commits a message that the policies were not asked about.
 *
 * @returns that the constitution has changed and nothing was committed.
 * @throws the denial, after it was committed; StoreError.
 */
export const commitRejected = async (decided: Decided, context: JudgingContext): Promise<typeof movedOn> => {
  const { admission } = outcomeOf(decided, context);
  const appended = await context.conversations.commit(undefined, [], context.lease, () => {
    decided.checkSender();
    return context.broker.append(admission);
  });
  if (appended === movedOn) return movedOn;
  throw denialOf(decided, context);
};
