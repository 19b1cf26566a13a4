import { type Envelope, type Message, OperationError, type Receipt, type Verdict } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import { type ShapedDraft, shapeDraft } from '@charterbus/validators';
import { type BusContext, type JudgingContext, judging } from '../context.js';
import type { ConversationView } from '../conversation/conversation-view.js';
import { movedOn } from '../conversation/conversations.js';
import { resolveAddress } from './address.js';
import { commit, commitRejected, type Decided } from './commit.js';
import type { DedupeClaim } from './dedupe.js';
import { checkRegistered, identify, type Speaker } from './identify.js';
import { judge } from './judge.js';
import { screen } from './screen.js';
import { shadowOffer } from './shadow.js';

export interface AdmitOptions {
  readonly signal: AbortSignal;
  /** Told the message before anything is committed, by a requester that must not miss its reply. */
  readonly onIdentified?: (message: Message) => void;
}

const checkAborted = (signal: AbortSignal): void => {
  if (signal.aborted) throw new OperationError('ABORTED', 'The caller aborted before the message was accepted.');
};

/** Judging takes time: whoever aborted or was unregistered meanwhile has not sent anything. */
const checkStillSending = ({ agent }: Speaker, context: BusContext, { signal }: AdmitOptions): void => {
  checkAborted(signal);
  checkRegistered(agent, context);
};

/** A draft with the constitution whose limits it keeps. */
interface Shaped {
  readonly draft: ShapedDraft;
  readonly under: Constitution;
}

interface Arrival {
  readonly shaped: Shaped;
  readonly speaker: Speaker;
  readonly id: string;
  readonly dedupe: DedupeClaim | undefined;
}

/** A message under one constitution: its bytes, which state the hash, and what the validators say of it. */
interface Entered {
  readonly under: Constitution;
  readonly envelope: Envelope;
  /** Asked once for each constitution. */
  screened?: Promise<Verdict | undefined>;
}

const enter = ({ shaped, speaker, id }: Arrival, context: JudgingContext): Entered => {
  const { constitution } = context;
  const draft = shaped.under === constitution ? shaped.draft : shapeDraft(shaped.draft, constitution.limits);
  return { under: constitution, envelope: identify(draft, speaker, id, context) };
};

/** What is in shadow sees what was decided, whatever it was. */
const commitAndOffer = async (
  decided: Decided,
  conversation: ConversationView | undefined,
  context: JudgingContext,
  offer: (() => void) | undefined,
): Promise<Receipt | typeof movedOn> => {
  let outcome: Receipt | typeof movedOn | undefined;
  try {
    outcome = await commit(decided, conversation, context);
    return outcome;
  } finally {
    if (outcome !== movedOn) offer?.();
  }
};

const admitRound = async (
  entered: Entered,
  arrival: Arrival,
  conversation: ConversationView | undefined,
  context: JudgingContext,
  options: AdmitOptions,
): Promise<Receipt | typeof movedOn> => {
  const { signal } = options;
  const { envelope } = entered;
  const { agent: sender } = arrival.speaker;
  const checkSender = (): void => checkStillSending(arrival.speaker, context, options);
  const atomic = arrival.shaped.draft.atomic ?? false;
  const decided = { envelope, sender, direct: 'agent' in envelope.message.to, atomic, checkSender };
  entered.screened ??= screen(envelope, sender, context, signal);
  const rejection = await entered.screened;
  if (rejection !== undefined) {
    return commitRejected({ ...decided, judgement: { send: rejection, recipients: [] }, dedupe: undefined }, context);
  }
  checkSender();
  const subject = { envelope, sender, ...(conversation === undefined ? {} : { conversation }) };
  const addressed = resolveAddress(envelope, sender, context);
  const judgement = await judge(subject, addressed, context, signal);
  const offer = shadowOffer(subject, conversation, { addressed, judgement }, context);
  return commitAndOffer({ ...decided, judgement, dedupe: arrival.dedupe }, conversation, context, offer);
};

/** Each round is under the constitution that is in force at its beginning, and commits only if it still is. */
const admitOnce = async (arrival: Arrival, context: BusContext, options: AdmitOptions): Promise<Receipt> => {
  using first = context.life.lease();
  let entered = enter(arrival, judging(context, first));
  options.onIdentified?.(entered.envelope.message);
  return await context.conversations.settle(entered.envelope.message, async (conversation) => {
    using lease = context.life.lease();
    const own = judging(context, lease);
    if (entered.under !== own.constitution) entered = enter(arrival, own);
    return await admitRound(entered, arrival, conversation, own, options);
  });
};

/**
 * The way of a message from a send to its commit: shape, identify, screen, facts, judge, commit. One direction; what is
 * refused before the commit leaves no trace, what is denied by it leaves its record and its leaf.
 */
export const admit = async (
  input: unknown,
  speaker: Speaker,
  context: BusContext,
  options: AdmitOptions,
): Promise<Receipt> => {
  checkAborted(options.signal);
  const under = context.life.current;
  const draft = shapeDraft(input, under.limits);
  return context.dedupe.once(draft, speaker.agent, (dedupe) =>
    admitOnce({ shaped: { draft, under }, speaker, id: context.ids.next(), dedupe }, context, options),
  );
};
