import type { Agent, Envelope } from '@charterbus/core-models';
import type { AnsweredMessage } from '@charterbus/policy-client';
import type { JudgingContext } from '../context.js';
import { type Eventual, whenKnown } from '../eventual.js';
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
): Eventual<AnsweredMessage | undefined> => {
  const { inReplyTo } = message;
  if (inReplyTo === undefined || !context.constitution.readsAnswered) return undefined;
  const { reader } = context.broker;
  return whenKnown(reader.message(inReplyTo), (record) => {
    if (record === undefined || record.recipients.allowed + record.recipients.held === 0) return undefined;
    return whenKnown(reader.envelope(inReplyTo), (answered) => answered && authored(answered, sender, context));
  });
};

const authored = (
  answered: Envelope,
  sender: Agent,
  context: JudgingContext,
): Eventual<AnsweredMessage | undefined> => {
  const { type, tenant: from, to } = answered.message;
  if (![from, to.tenant].includes(sender.tenant)) return undefined;
  return whenKnown(senderOf(answered, context), (author) => {
    if (author === undefined) return undefined;
    const { tenant, id, role } = author;
    return { type, sender: { tenant, id, ...(role === undefined ? {} : { role }) } };
  });
};
