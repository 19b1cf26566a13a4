import { type Message, OperationError, type Receipt } from '@charterbus/core-models';
import { type ShapedDraft, shapeDraft } from '@charterbus/validators';
import type { BusContext } from '../context.js';
import type { ConversationView } from '../conversation/conversation-view.js';
import type { movedOn } from '../conversation/conversations.js';
import { type Eventual, whenKnown } from '../eventual.js';
import { resolveAddress } from './address.js';
import { commit, commitRejected } from './commit.js';
import type { DedupeClaim } from './dedupe.js';
import { checkRegistered, identify, type Speaker } from './identify.js';
import { judge } from './judge.js';
import { screen } from './screen.js';

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

interface Arrival {
  readonly draft: ShapedDraft;
  readonly speaker: Speaker;
  readonly dedupe: DedupeClaim | undefined;
}

const admitOnce = (
  { draft, speaker, dedupe }: Arrival,
  context: BusContext,
  options: AdmitOptions,
): Eventual<Receipt> => {
  const { signal } = options;
  const { agent: sender } = speaker;
  const envelope = identify(draft, speaker, context);
  options.onIdentified?.(envelope.message);
  const direct = 'agent' in envelope.message.to;
  const checkSender = (): void => checkStillSending(speaker, context, options);
  const atomic = draft.atomic ?? false;
  const judgeAndCommit = (conversation: ConversationView | undefined): Eventual<Receipt | typeof movedOn> => {
    const subject = conversation === undefined ? { envelope, sender } : { envelope, sender, conversation };
    const judged = judge(subject, resolveAddress(envelope, sender, context), context, signal);
    return whenKnown(judged, (judgement) =>
      commit({ envelope, sender, judgement, direct, atomic, dedupe, checkSender }, conversation, context),
    );
  };
  return whenKnown(screen(envelope, sender, context, signal), (rejection) => {
    if (rejection !== undefined) {
      const judgement = { send: rejection, recipients: [] };
      return commitRejected({ envelope, sender, judgement, direct, atomic, dedupe: undefined, checkSender }, context);
    }
    checkSender();
    return context.conversations.settle(envelope.message, judgeAndCommit);
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
  const draft = shapeDraft(input, context.constitution.limits);
  return context.dedupe.once(draft, speaker.agent, (dedupe) => admitOnce({ draft, speaker, dedupe }, context, options));
};
