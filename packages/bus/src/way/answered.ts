import type { Agent, Envelope } from '@charterbus/core-models';
import type { AnsweredMessage } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import { senderOf } from './identify.js';

/**
 * What is committed of the message that this one says it answers, for policies about whose work it is. Of what is of no
 * concern to the sender's tenant, or was denied to everybody, it is as if there were nothing; and so it is where its
 * sender has gone, since who that was cannot be told any more.
 */
export const answeredBy = (
  { message }: Envelope,
  sender: Agent,
  context: JudgingContext,
): AnsweredMessage | undefined => {
  const { inReplyTo } = message;
  if (inReplyTo === undefined || !context.constitution.readsAnswered) return undefined;
  const { reader } = context.broker;
  const { allowed, held } = reader.message(inReplyTo)?.recipients ?? { allowed: 0, held: 0 };
  const answered = allowed + held === 0 ? undefined : reader.envelope(inReplyTo);
  if (answered === undefined || ![answered.message.tenant, answered.message.to.tenant].includes(sender.tenant))
    return undefined;
  const author = senderOf(answered, context);
  if (author === undefined) return undefined;
  const { tenant, id, role } = author;
  return { type: answered.message.type, sender: { tenant, id, ...(role === undefined ? {} : { role }) } };
};
