import { type AgentReference, agentKey } from '@charterbus/core-models';
import type { Consumer, Consumption } from '../broker/broker.js';
import type { BusContext } from '../context.js';

/**
 * Consumes an agent's mailbox and the shared ones that it takes from, also those that it joins later. All
 * share the consumer's room; when there is some again, the one that comes first is another each time, so that a full
 * mailbox holds up none of the others.
 */
export const consumeAll = (consumer: Consumer, { broker, membership }: BusContext): Consumption => {
  const own = broker.consume(consumer);
  /** By mailbox. */
  const groups = new Map<string, Consumption>();
  let next = 0;
  const join = (mailbox: AgentReference): void => {
    if (!groups.has(agentKey(mailbox))) groups.set(agentKey(mailbox), broker.consume(ofGroup(consumer, mailbox)));
  };
  const watch = membership.watchOf(consumer.recipient, ({ kind, mailbox }) => {
    if (kind === 'joined') return join(mailbox);
    groups.get(agentKey(mailbox))?.[Symbol.dispose]();
    groups.delete(agentKey(mailbox));
  });
  for (const mailbox of membership.mailboxesOf(consumer.recipient)) join(mailbox);
  return {
    more: () => {
      if (groups.size === 0) return own.more();
      const all = [own, ...groups.values()];
      next = (next + 1) % all.length;
      for (const consumption of [...all.slice(next), ...all.slice(0, next)]) consumption.more();
    },
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      own[Symbol.dispose]();
      for (const consumption of groups.values()) consumption[Symbol.dispose]();
      groups.clear();
    },
  };
};

const ofGroup = (consumer: Consumer, mailbox: AgentReference): Consumer => ({
  recipient: consumer.recipient,
  mailbox,
  leaseMs: consumer.leaseMs,
  get room() {
    return consumer.room;
  },
  take: (lease) => consumer.take(lease),
});
