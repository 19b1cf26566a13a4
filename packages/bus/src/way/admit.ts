import { type Envelope, type Message, OperationError, type Receipt, type Verdict } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import { type ShapedDraft, shapeDraft } from '@charterbus/validators';
import { type BusContext, type JudgingContext, judging } from '../context.js';
import type { ConversationView } from '../conversation/conversation-view.js';
import { movedOn } from '../conversation/conversations.js';
import { type Eventual, whenKnown, whileHeld } from '../eventual.js';
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
  screened?: { readonly rejection: Eventual<Verdict | undefined> };
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

type Undecided = Omit<Decided, 'judgement' | 'dedupe'>;

const judgeAndCommit = (
  undecided: Undecided,
  { dedupe }: Arrival,
  conversation: ConversationView | undefined,
  context: JudgingContext,
  { signal }: AdmitOptions,
): Eventual<Receipt | typeof movedOn> => {
  const { envelope, sender, direct, atomic, checkSender } = undecided;
  const subject = conversation === undefined ? { envelope, sender } : { envelope, sender, conversation };
  const addressed = resolveAddress(envelope, sender, context);
  return whenKnown(judge(subject, addressed, context, signal), (judgement) => {
    const decided = { envelope, sender, judgement, direct, atomic, dedupe, checkSender };
    const offer = shadowOffer(subject, conversation, { addressed, judgement }, context);
    if (offer !== undefined) return commitAndOffer(decided, conversation, context, offer);
    return commit(decided, conversation, context);
  });
};

const admitRound = (
  entered: Entered,
  arrival: Arrival,
  conversation: ConversationView | undefined,
  context: JudgingContext,
  options: AdmitOptions,
): Eventual<Receipt | typeof movedOn> => {
  const { envelope } = entered;
  const { agent: sender } = arrival.speaker;
  const checkSender = (): void => checkStillSending(arrival.speaker, context, options);
  const atomic = arrival.shaped.draft.atomic ?? false;
  const undecided = { envelope, sender, direct: 'agent' in envelope.message.to, atomic, checkSender };
  entered.screened ??= { rejection: screen(envelope, sender, context, options.signal) };
  return whenKnown(entered.screened.rejection, (rejection): Eventual<Receipt | typeof movedOn> => {
    if (rejection !== undefined) {
      const judgement = { send: rejection, recipients: [] };
      return commitRejected({ ...undecided, judgement, dedupe: undefined }, context);
    }
    checkSender();
    return judgeAndCommit(undecided, arrival, conversation, context, options);
  });
};

/** Each round is under the constitution that is in force at its beginning, and commits only if it still is. */
const admitOnce = (arrival: Arrival, context: BusContext, options: AdmitOptions): Eventual<Receipt> => {
  const first = context.life.lease();
  return whileHeld(first, () => {
    const judgingFirst = judging(context, first);
    let entered = enter(arrival, judgingFirst);
    options.onIdentified?.(entered.envelope.message);
    return context.conversations.settle(entered.envelope.message, (conversation) => {
      if (!first.moved) return admitRound(entered, arrival, conversation, judgingFirst, options);
      const lease = context.life.lease();
      return whileHeld(lease, () => {
        const own = judging(context, lease);
        if (entered.under !== own.constitution) entered = enter(arrival, own);
        return admitRound(entered, arrival, conversation, own, options);
      });
    });
  });
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
): Eventual<Receipt> => {
  checkAborted(options.signal);
  const under = context.life.current;
  const draft = shapeDraft(input, under.limits);
  return context.dedupe.once(draft, speaker.agent, (dedupe) =>
    admitOnce({ shaped: { draft, under }, speaker, id: context.ids.next(), dedupe }, context, options),
  );
};
