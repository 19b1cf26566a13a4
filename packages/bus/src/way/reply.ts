import type { Message, MessageType } from '@charterbus/core-models';
import type { BusContext } from '../context.js';
import { admit } from './admit.js';
import type { Speaker } from './speaker.js';

const replyTypes: Readonly<Partial<Record<MessageType, MessageType>>> = {
  task_request: 'task_response',
  governance_request: 'governance_response',
};

/** Sends what a handler returned to whoever asked: a message like any other, which policies may deny. */
export const reply = async (
  message: Message,
  content: unknown,
  speaker: Speaker,
  context: BusContext,
): Promise<void> => {
  const draft = {
    to: { agent: message.from, tenant: message.tenant },
    type: replyTypes[message.type] ?? 'response',
    content,
    inReplyTo: message.id,
    ...(message.conversationId === undefined ? {} : { conversationId: message.conversationId }),
    priority: message.priority,
  };
  await admit(draft, speaker, context, { signal: context.closing });
};
