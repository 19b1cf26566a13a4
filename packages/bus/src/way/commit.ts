import {
  type Agent,
  agentKey,
  type Envelope,
  type Receipt,
  type RecipientCounts,
  type Verdict,
} from '@charterbus/core-models';
import type { Observation } from '@charterbus/policy-client';
import type { Admission, Appended, EntryDraft } from '../broker/broker.js';
import { GroundMoved } from '../broker/moved.js';
import type { BusContext, JudgingContext } from '../context.js';
import type { ConversationView } from '../conversation/conversation-view.js';
import { movedOn } from '../conversation/conversations.js';
import { type Eventual, whenKnown } from '../eventual.js';
import type { DedupeClaim } from './dedupe.js';
import { denialError } from './denial.js';
import type { Judged, Judgement } from './judge.js';
import type { Passage } from './passage.js';
import { publicVerdict } from './public-verdict.js';

/** A message with all that was decided about it. */
export interface Decided {
  readonly envelope: Envelope;
  readonly sender: Agent;
  /** The moment of its `createdAt`, in milliseconds since the epoch. */
  readonly at: number;
  readonly judgement: Judgement;
  /** One recipient, so that its verdict is the message's. */
  readonly direct: boolean;
  /** Deny all when one is denied. */
  readonly atomic: boolean;
  readonly dedupe: DedupeClaim | undefined;
  readonly passage: Passage;
  /** Throws where the sender aborted or went before anything was written. */
  readonly checkSender: (passage: Passage, context: BusContext) => void;
}

type Unfrozen<T> = { -readonly [Field in keyof T]: T[Field] };

/** A receipt lists at most so many verdicts at `receive`. */
const listedVerdicts = 100;

/** What came of each recipient. */
interface Sorted {
  readonly recipients: RecipientCounts;
  readonly entries: readonly EntryDraft[];
  /** `tenant/agent` of those that were denied. */
  readonly denied: readonly string[];
}

const nobody: readonly never[] = Object.freeze([]);
const oneAllowed: RecipientCounts = Object.freeze({ allowed: 1, held: 0, denied: 0 });

const holdEnd = ({ message }: Envelope, { constitution, clock }: JudgingContext): number => {
  const end = clock.now() + constitution.manifest.thresholds.holdSeconds * 1000;
  return message.expiresAt === undefined ? end : Math.min(end, Date.parse(message.expiresAt));
};

const sortOut = (judged: readonly Judged[], envelope: Envelope, context: JudgingContext): Sorted => {
  const [only] = judged;
  if (judged.length === 1 && only?.verdict.effect === 'allow') {
    const { recipient, verdict } = only;
    return { recipients: oneAllowed, entries: [{ recipient: recipient.reference, verdict }], denied: nobody };
  }
  const recipients = { allowed: 0, held: 0, denied: 0 };
  const entries: EntryDraft[] = [];
  let denied: string[] | undefined;
  let holdUntil: number | undefined;
  for (const { recipient, verdict } of judged) {
    const { reference, agent } = recipient;
    if (verdict.effect === 'deny') {
      recipients.denied += 1;
      (denied ??= []).push(agentKey(reference));
      continue;
    }
    const entry: Unfrozen<EntryDraft> = { recipient: reference, verdict };
    if (verdict.binds.recipientClass !== undefined) entry.recipientRevision = agent.revision;
    if (verdict.effect === 'escalate') {
      recipients.held += 1;
      holdUntil ??= holdEnd(envelope, context);
      entry.holdUntil = holdUntil;
    } else recipients.allowed += 1;
    entries.push(entry);
  }
  return { recipients, entries, denied: denied ?? nobody };
};

/** Nobody gets it, whatever was said of each. */
const refusedToAll = (judged: readonly Judged[]): Sorted => ({
  recipients: { allowed: 0, held: 0, denied: judged.length },
  entries: nobody,
  denied: judged.map(({ recipient }) => agentKey(recipient.reference)),
});

/** `send` first, then each different verdict at `receive`. */
const verdictsOf = ({ send, recipients }: Judgement): readonly [Verdict, ...Verdict[]] => {
  const [only] = recipients;
  // A list that grows takes room for sixteen more.
  if (recipients.length === 1 && only !== undefined) return only.verdict === send ? [send] : [send, only.verdict];
  const [, ...others] = new Set([send, ...recipients.map(({ verdict }) => verdict)]);
  return [send, ...others];
};

const decidingDenial = ({ send, recipients }: Judgement): Verdict =>
  send.effect === 'deny' ? send : (recipients.find(({ verdict }) => verdict.effect === 'deny')?.verdict ?? send);

/** A recipient that was unregistered between judgement and commit was not there to be abandoned with its queue. */
const abandonGone = (accepted: readonly Judged[], { registry, broker, background }: BusContext): void => {
  for (const { recipient, verdict } of accepted) {
    if (verdict.effect === 'deny' || recipient.group === true) continue;
    if (registry.find(recipient.reference) !== undefined) continue;
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

const publicVerdicts = (verdicts: readonly Verdict[], from: string, to: string): readonly Verdict[] => {
  const seen = verdicts.slice(0, listedVerdicts + 1);
  for (let place = 0; place < seen.length; place++) {
    const verdict = seen[place];
    if (verdict !== undefined) seen[place] = publicVerdict(verdict, from, to);
  }
  return seen;
};

/** What its sender is told, but for the leaf's index, which the commit assigns. */
const receiptOf = (
  { direct, envelope }: Decided,
  verdicts: readonly Verdict[],
  recipients: RecipientCounts,
  { broker, constitution }: JudgingContext,
): Unfrozen<Receipt> => {
  const { id, tenant, to } = envelope.message;
  // Who is subscribed in another tenant, and who of them was denied, is none of its business.
  const foreign = !direct && to.tenant !== tenant;
  const receipt: Unfrozen<Receipt> = {
    messageId: id,
    status: recipients.allowed > 0 ? 'accepted' : 'held',
    verdicts: publicVerdicts(foreign ? verdicts.slice(0, 1) : verdicts, tenant, to.tenant),
    constitutionalHash: constitution.shortHash,
    durability: broker.capabilities.durability,
    leafIndex: -1,
  };
  if (!direct) receipt.recipients = foreign ? { ...recipients, denied: 0 } : recipients;
  return receipt;
};

/** What of a decision is written, and what its sender is told. */
const outcomeOf = (decided: Decided, context: JudgingContext) => {
  const { envelope, judgement, dedupe, sender, at } = decided;
  const sorted = sortOut(judgement.recipients, envelope, context);
  const refused = sorted.entries.length === 0 || (decided.atomic && sorted.recipients.denied > 0);
  const { recipients, entries, denied } = refused ? refusedToAll(judgement.recipients) : sorted;
  const verdicts = verdictsOf(judgement);
  const receipt = receiptOf(decided, verdicts, recipients, context);
  const admission: Unfrozen<Admission> = {
    envelope,
    at,
    senderRevision: sender.revision,
    verdicts,
    entries,
    denied,
    recipients,
  };
  if (dedupe !== undefined && !refused) {
    const { leafIndex: _, ...first } = receipt;
    admission.dedupe = dedupe.mark(first);
  }
  return { accepted: refused ? nobody : judgement.recipients, admission, receipt, refused };
};

const denialOf = ({ envelope, judgement, passage }: Decided, { constitution }: JudgingContext): Error => {
  const { message } = envelope;
  const verdict = publicVerdict(decidingDenial(judgement), message.tenant, message.to.tenant);
  return denialError(verdict, message.id, constitution.shortHash, passage.quota.retryAfterMs);
};

/** What a decision comes to once it is on its way to the store. */
interface Outcome extends ReturnType<typeof outcomeOf> {
  readonly decided: Decided;
  readonly context: JudgingContext;
}

/** Begins to write, in the turn in which it is called. */
const append = ({ decided, admission, context }: Outcome): Eventual<Appended> => {
  decided.checkSender(decided.passage, context);
  const { broker, telemetry } = context;
  return telemetry.sparesCommits ? broker.append(admission) : telemetry.commit(() => broker.append(admission));
};

const conclude = (
  { decided, accepted, admission, receipt, refused, context }: Outcome,
  { leafIndex, durability }: Appended,
): Receipt => {
  context.telemetry.admissions.committed(admission.verdicts, decided.envelope.leastBytes);
  abandonGone(accepted, context);
  const outcome = refused ? 'denied' : receipt.status === 'held' ? 'held' : 'allowed';
  context.variantCounts.add(context.constitution, decided.envelope.message, outcome);
  if (refused) throw denialOf(decided, context);
  receipt.leafIndex = leafIndex;
  if (durability !== undefined) receipt.durability = durability;
  return receipt;
};

/** What rests on nothing but the constitution, and has not to wait for it. */
const commitAlone = (outcome: Outcome): Eventual<Receipt | typeof movedOn> => {
  const { lease } = outcome.context;
  lease.beginCommit();
  let appended: Eventual<Appended>;
  try {
    appended = append(outcome);
  } catch (error) {
    lease.endCommit();
    // The sender has changed while it was judged.
    if (error instanceof GroundMoved) return movedOn;
    throw error;
  }
  if (appended instanceof Promise) return commitLater(outcome, appended);
  lease.endCommit();
  return conclude(outcome, appended);
};

const commitLater = async (outcome: Outcome, appended: Promise<Appended>): Promise<Receipt | typeof movedOn> => {
  let committed: Appended | GroundMoved;
  try {
    committed = await appended;
  } catch (error) {
    // Another process has put another constitution in force.
    if (!(error instanceof GroundMoved)) throw error;
    committed = error;
  } finally {
    outcome.context.lease.endCommit();
  }
  if (!(committed instanceof GroundMoved)) return conclude(outcome, committed);
  await committed.followed;
  return movedOn;
};

/** What has to wait for the constitution, or rests on the conversation, or changes it. */
const commitTogether = (
  outcome: Outcome,
  observations: readonly Observation[],
  conversation: ConversationView | undefined,
): Eventual<Receipt | typeof movedOn> => {
  const { admission, context } = outcome;
  const appended = context.conversations.commit<Appended>(conversation, observations, context.lease, (facts) => {
    admission.facts = facts;
    return append(outcome);
  });
  return whenKnown(appended, (committed) => (committed === movedOn ? movedOn : conclude(outcome, committed)));
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
  const outcome = { decided, accepted, admission, receipt, refused, context };
  const observations = observed(decided, accepted, context);
  const alone = conversation === undefined && observations.length === 0 && context.lease.busy === undefined;
  if (!alone) return commitTogether(outcome, observations, conversation);
  return context.lease.moved ? movedOn : commitAlone(outcome);
};

/**
 * Commits a message that the policies were not asked about.
 *
 * @returns that the constitution has changed and nothing was committed.
 * @throws the denial, after it was committed; StoreError.
 */
export const commitRejected = async (decided: Decided, context: JudgingContext): Promise<typeof movedOn> => {
  const outcome = { decided, context, ...outcomeOf(decided, context) };
  const appended = await context.conversations.commit(undefined, [], context.lease, () => append(outcome));
  if (appended === movedOn) return movedOn;
  context.telemetry.admissions.committed(outcome.admission.verdicts, decided.envelope.leastBytes);
  throw denialOf(decided, context);
};
