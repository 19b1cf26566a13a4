import { type Agent, type Message, OperationError, type Receipt, type Verdict } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import { type ShapedDraft, shapeDraft } from '@charterbus/validators';
import { GroundMoved } from '../broker/moved.js';
import { type BusContext, type JudgingContext, judging } from '../context.js';
import type { ConversationView } from '../conversation/conversation-view.js';
import { movedOn } from '../conversation/conversations.js';
import { type Eventual, whenKnown, whileHeld } from '../eventual.js';
import { type Addressed, resolveAddress } from './address.js';
import { commit, commitRejected, type Decided } from './commit.js';
import type { DedupeClaim } from './dedupe.js';
import { haltedDenial } from './halted.js';
import { identify } from './identify.js';
import { type Judgement, judge } from './judge.js';
import { type Entered, Passage } from './passage.js';
import { giveBackQuota, overQuota } from './quota.js';
import { screen } from './screen.js';
import { shadowOffer } from './shadow.js';
import { acting, type Speaker, speaking } from './speaker.js';

export interface AdmitOptions {
  readonly signal: AbortSignal;
  /** Told the message before anything is committed, by a requester that must not miss its reply. */
  readonly onIdentified?: (message: Message) => void;
}

type Round = Eventual<Receipt | typeof movedOn>;

const checkAborted = (signal: AbortSignal): void => {
  if (signal.aborted) throw new OperationError('ABORTED', 'The caller aborted before the message was accepted.');
};

/** Judging takes time: whoever aborted, was unregistered or stopped meanwhile has not sent anything. */
const checkStillSending = ({ signal, speaker, sender }: Passage, context: BusContext): void => {
  checkAborted(signal);
  checkUnchanged(acting(speaker, 'send', context), sender);
};

/** A denial is written also of whoever is stopped. */
const checkStillThere = ({ signal, speaker }: Passage, context: BusContext): void => {
  checkAborted(signal);
  speaking(speaker, 'send', context);
};

/** What the policies said was of the sender as it was. */
const checkUnchanged = (agent: Agent, sender: Agent): void => {
  if (agent.revision !== sender.revision) throw new GroundMoved('sender');
};

/** The draft under other limits. */
const reshaped = ({ leastBytes: _, ...stated }: ShapedDraft, { limits }: Constitution): ShapedDraft =>
  shapeDraft(stated, limits);

/** Enters the message under the constitution of the round, of its sender as it is now, unless it is by now. */
const enter = (passage: Passage, context: JudgingContext): Entered => {
  const { constitution, clock } = context;
  if (passage.entered?.under === constitution) return passage.entered;
  passage.sender = speaking(passage.speaker, 'send', context);
  const { draft, draftedUnder, id, sender, speaker } = passage;
  const shaped = draftedUnder === constitution ? draft : reshaped(draft, constitution);
  const at = clock.now();
  const envelope = identify(shaped, { agent: sender, attests: speaker.attests }, { id, now: at }, context);
  passage.entered = { under: constitution, envelope, at, screened: undefined };
  return passage.entered;
};

/** What is in shadow sees what was decided, whatever it was. */
const commitAndOffer = async (
  decided: Decided,
  conversation: ConversationView | undefined,
  context: JudgingContext,
  offer: () => void,
): Promise<Receipt | typeof movedOn> => {
  let outcome: Receipt | typeof movedOn | undefined;
  try {
    outcome = await commit(decided, conversation, context);
    return outcome;
  } finally {
    if (outcome !== movedOn) offer();
  }
};

const commitJudged = (
  passage: Passage,
  { envelope, at }: Entered,
  { addressed, judgement }: { readonly addressed: Addressed; readonly judgement: Judgement },
  conversation: ConversationView | undefined,
  context: JudgingContext,
): Round => {
  const { sender, atomic, dedupe } = passage;
  const decided: Decided = {
    envelope,
    sender,
    at,
    judgement,
    direct: addressed.direct,
    atomic,
    dedupe,
    checkSender: checkStillSending,
    passage,
  };
  if (context.life.shadows.length > 0) {
    const subject = conversation === undefined ? { envelope, sender } : { envelope, sender, conversation };
    const offer = shadowOffer(subject, conversation, { addressed, judgement }, context);
    if (offer !== undefined) return commitAndOffer(decided, conversation, context, offer);
  }
  return commit(decided, conversation, context);
};

const judgeAndCommit = (
  passage: Passage,
  entered: Entered,
  conversation: ConversationView | undefined,
  context: JudgingContext,
): Round => {
  const { sender, signal, speaker } = passage;
  checkAborted(signal);
  if (acting(speaker, 'send', context).revision !== sender.revision) return enterAnew(passage, conversation, context);
  const { envelope } = entered;
  const subject = conversation === undefined ? { envelope, sender } : { envelope, sender, conversation };
  const addressed = resolveAddress(envelope, sender, context);
  const judgement = judge(subject, addressed, context, signal);
  if (!(judgement instanceof Promise))
    return commitJudged(passage, entered, { addressed, judgement }, conversation, context);
  return judgementCame(judgement, passage, entered, addressed, { conversation, context });
};

/** The sender has changed: what was asked of it as it was does not count. */
const enterAnew = (passage: Passage, conversation: ConversationView | undefined, context: JudgingContext): Round => {
  passage.entered = undefined;
  return admitRound(passage, conversation, context);
};

const judgementCame = async (
  pending: Promise<Judgement>,
  passage: Passage,
  entered: Entered,
  addressed: Addressed,
  { conversation, context }: { readonly conversation: ConversationView | undefined; readonly context: JudgingContext },
): Promise<Receipt | typeof movedOn> => {
  const judgement = await pending;
  return commitJudged(passage, entered, { addressed, judgement }, conversation, context);
};

const denyUnjudged = (passage: Passage, { envelope, at }: Entered, denial: Verdict, context: JudgingContext): Round => {
  const { sender, atomic } = passage;
  const judgement = { send: denial, recipients: [] };
  const direct = 'agent' in envelope.message.to;
  const dedupe = undefined;
  const decided = { envelope, sender, at, judgement, direct, atomic, dedupe, checkSender: checkStillThere, passage };
  return commitRejected(decided, context);
};

const admitRound = (passage: Passage, conversation: ConversationView | undefined, context: JudgingContext): Round => {
  const entered = enter(passage, context);
  const halted = haltedDenial(entered.envelope, context);
  if (halted !== undefined) return denyUnjudged(passage, entered, halted, context);
  const over = overQuota(passage, entered.envelope, context);
  if (over === undefined) return screenAndJudge(passage, entered, conversation, context);
  return whenKnown(over, (denial) =>
    denial === undefined
      ? screenAndJudge(passage, entered, conversation, context)
      : denyUnjudged(passage, entered, denial, context),
  );
};

const screenAndJudge = (
  passage: Passage,
  entered: Entered,
  conversation: ConversationView | undefined,
  context: JudgingContext,
): Round => {
  entered.screened ??= { denial: screen(entered.envelope, passage.sender, context, passage.signal) };
  const { denial } = entered.screened;
  if (denial === undefined) return judgeAndCommit(passage, entered, conversation, context);
  return whenKnown(denial, (known) =>
    known === undefined
      ? judgeAndCommit(passage, entered, conversation, context)
      : denyUnjudged(passage, entered, known, context),
  );
};

/** A round under what is in force now, where another constitution has come into force since the first began. */
const laterRound = (passage: Passage, conversation: ConversationView | undefined, context: BusContext): Round => {
  const lease = context.life.lease();
  return whileHeld(lease, () => admitRound(passage, conversation, judging(context, lease)));
};

/** Each round is under the constitution that is in force at its beginning, and commits only if it still is. */
const admitRounds = (
  passage: Passage,
  message: Message,
  first: JudgingContext,
  context: BusContext,
): Eventual<Receipt> =>
  context.conversations.settle(message, (conversation) =>
    first.lease.moved ? laterRound(passage, conversation, context) : admitRound(passage, conversation, first),
  );

const admitUnder = (
  passage: Passage,
  first: JudgingContext,
  context: BusContext,
  { onIdentified }: AdmitOptions,
): Eventual<Receipt> => {
  const { message } = enter(passage, first).envelope;
  onIdentified?.(message);
  if (message.conversationId !== undefined) return admitRounds(passage, message, first, context);
  // Most messages belong to no conversation and are committed in their first round, within the turn.
  const outcome = admitRound(passage, undefined, first);
  if (outcome instanceof Promise) return context.conversations.goOn(message, outcome, laterRounds(passage, context));
  return outcome === movedOn ? admitRounds(passage, message, first, context) : outcome;
};

const laterRounds =
  (passage: Passage, context: BusContext) =>
  (conversation: ConversationView | undefined): Round =>
    laterRound(passage, conversation, context);

/** Lets go of the constitution when it is known what came of the message, and of its place in quotas if that was nothing. */
const releasedAfter = async (lease: Disposable, passage: Passage, receipt: Promise<Receipt>): Promise<Receipt> => {
  try {
    return await receipt;
  } catch (error) {
    giveBackQuota(passage, error);
    throw error;
  } finally {
    lease[Symbol.dispose]();
  }
};

const admitOnce = (
  shaped: { readonly draft: ShapedDraft; readonly under: Constitution },
  speaker: Speaker,
  context: BusContext,
  options: AdmitOptions,
  dedupe?: DedupeClaim,
): Eventual<Receipt> => {
  const passage = new Passage(shaped, speaker, context.ids.next(), dedupe, options.signal);
  const lease = context.life.lease();
  let receipt: Eventual<Receipt>;
  try {
    receipt = admitUnder(passage, judging(context, lease), context, options);
  } catch (error) {
    lease[Symbol.dispose]();
    giveBackQuota(passage, error);
    throw error;
  }
  if (receipt instanceof Promise) return releasedAfter(lease, passage, receipt);
  lease[Symbol.dispose]();
  return receipt;
};

/**
 * The way of a message from a send to its commit: shape, identify, screen, facts, judge, commit. One direction; what is
 * refused before the commit leaves no trace, what is denied by it leaves its record and its leaf.
 *
 * It goes on in one turn as long as whoever is asked answers at once. Throws, or rejects.
 */
export const admit = (
  input: unknown,
  speaker: Speaker,
  context: BusContext,
  options: AdmitOptions,
): Eventual<Receipt> => context.telemetry.admission(input, () => admitDraft(input, speaker, context, options));

const admitDraft = (
  input: unknown,
  speaker: Speaker,
  context: BusContext,
  options: AdmitOptions,
): Eventual<Receipt> => {
  checkAborted(options.signal);
  const under = context.life.current;
  const shaped = { draft: shapeDraft(input, under.limits), under };
  if (shaped.draft.dedupeKey === undefined) return admitOnce(shaped, speaker, context, options);
  return admitDeduped(shaped, speaker, context, options);
};

const admitDeduped = (
  shaped: { readonly draft: ShapedDraft; readonly under: Constitution },
  speaker: Speaker,
  context: BusContext,
  options: AdmitOptions,
): Eventual<Receipt> =>
  context.dedupe.once(shaped.draft, speaker.agent, (dedupe) => admitOnce(shaped, speaker, context, options, dedupe));
