import type { Address, Agent, Envelope, Message, Verdict } from '@charterbus/core-models';
import type { Attributes } from '@opentelemetry/api';

/** What a message is addressed to, by one name. */
export const destinationName = (to: Address, tenant: string): string => {
  const foreign = to.tenant === tenant ? '' : `${to.tenant}/`;
  if ('agent' in to) return `${foreign}${to.agent}`;
  if ('topic' in to) return `${foreign}${to.topic}`;
  return 'capability' in to ? `${foreign}${to.capability}` : `${foreign}everyone`;
};

type Operation = 'send' | 'receive' | 'process' | 'settle';

/** Of the messaging conventions of OpenTelemetry. @param name as the API of the bus calls it. */
export const operation = (name: string, type: Operation): Attributes => ({
  'messaging.system': 'charterbus',
  'messaging.operation.name': name,
  'messaging.operation.type': type,
});

/** Who and what a message is about; of its content nothing but its size. */
export const aboutMessage = (message: Message): Attributes => ({
  'messaging.destination.name': destinationName(message.to, message.tenant),
  'messaging.message.id': message.id,
  'charterbus.tenant': message.tenant,
  'charterbus.message.type': message.type,
  ...(message.conversationId === undefined
    ? {}
    : {
        'messaging.message.conversation_id': message.conversationId,
        'gen_ai.conversation.id': message.conversationId,
      }),
});

export const aboutEnvelope = ({ message, contentBytes }: Envelope): Attributes => ({
  ...aboutMessage(message),
  'messaging.message.body.size': contentBytes,
});

export const aboutAgent = ({ id }: Pick<Agent, 'id'>): Attributes => ({ 'gen_ai.agent.id': id });

export const aboutVerdict = ({ effect, cause, code, point, binds }: Verdict): Attributes => ({
  'charterbus.verdict.point': point,
  'charterbus.verdict.effect': effect,
  'charterbus.verdict.cause': cause,
  'charterbus.constitution.hash': binds.constitutionDigest,
  ...(code === undefined ? {} : { 'charterbus.verdict.code': code }),
});
