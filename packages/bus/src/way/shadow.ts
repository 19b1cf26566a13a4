import type { Constitution, ShadowCase } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import type { ConversationView } from '../conversation/conversation-view.js';
import type { Addressed } from './address.js';
import { type Judgement, type JudgementSubject, judge } from './judge.js';

/** Recipients of one message whose verdicts are compared. */
const comparedRecipients = 100;

const verdictsOf = ({ send, recipients }: Judgement) =>
  recipients.length === 0 ? [send] : recipients.map(({ verdict }) => verdict);

const judgeInShadow = async (
  subject: JudgementSubject,
  addressed: Addressed,
  context: JudgingContext,
  signal: AbortSignal,
) => {
  const { conversation: known, ...rest } = subject;
  // What nobody has looked at yet is looked at now, and apart: nothing rests on this look.
  using own = known === undefined ? context.conversations.look(subject.envelope.message) : undefined;
  const conversation = known ?? own;
  return verdictsOf(
    await judge({ ...rest, ...(conversation === undefined ? {} : { conversation }) }, addressed, context, signal),
  );
};

/**
 * Lets staged constitutions in shadow judge what was just judged; nothing where there is none. What the conversation was
 * is kept as the judgement saw it, and called once the message has its verdict.
 */
export const shadowOffer = (
  subject: JudgementSubject,
  view: ConversationView | undefined,
  { addressed, judgement }: { readonly addressed: Addressed; readonly judgement: Judgement },
  context: JudgingContext,
): (() => void) | undefined => {
  const { shadows } = context.life;
  if (shadows.length === 0) return undefined;
  const { conversation: _, ...rest } = subject;
  const known = view?.frozen();
  const seen = known === undefined ? rest : { ...rest, conversation: known };
  const { id, tenant, from, type } = subject.envelope.message;
  const few = { ...addressed, recipients: addressed.recipients.slice(0, comparedRecipients) };
  const one: ShadowCase = {
    about: { message: id, tenant, from, type },
    before: verdictsOf(judgement).slice(0, comparedRecipients),
    judge: (constitution, signal) => judgeInShadow(seen, few, under(context, constitution), signal),
  };
  return () => {
    for (const shadow of shadows) shadow.offer(one);
  };
};

const under = (context: JudgingContext, constitution: Constitution): JudgingContext => ({
  ...context,
  constitution,
});
