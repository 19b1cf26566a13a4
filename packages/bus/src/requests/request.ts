import {
  type Address,
  type Agent,
  type AgentReference,
  agentKey,
  type Message,
  MessageError,
  OperationError,
  type Receipt,
} from '@charterbus/core-models';
import { deliveryId } from '../broker/entry.js';
import { capabilityMailbox, groupMailbox } from '../broker/mailbox-name.js';
import type { BusContext } from '../context.js';
import { whenKnown } from '../eventual.js';
import { hasCapability } from '../membership/capabilities.js';
import { admit } from '../way/admit.js';
import { readMilliseconds } from '../way/settle.js';
import type { Speaker } from '../way/speaker.js';

export interface RequestOptions {
  /** How long to wait for the reply, also while the request is held; 30 seconds if not stated. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told the receipt before the reply: `held` means that the reply waits for a decision. */
  readonly onReceipt?: (receipt: Receipt) => void;
}

const defaultTimeoutMs = 30_000;
const longestTimeoutMs = 86_400_000;

/** A reply is rejected as soon as its request fails; the admission's own error is told where it comes first. */
const ignoreUntilAwaited = (): void => undefined;

/** A requester that no longer waits withdraws what is still held, so that nobody has to decide on it. */
const withdraw = (messageId: string, { broker, background }: BusContext): void => {
  const withdrawn = whenKnown(broker.held(messageId), (held) => {
    for (const entry of held) {
      // Where an operator was faster this fails, is reported, and changes nothing.
      background.run('withdraw', () => broker.decide(deliveryId(entry), { kind: 'refuse', reason: 'HOLD_WITHDRAWN' }));
    }
  });
  background.track('withdraw', withdrawn);
};

const raceWithGivingUp = async (
  reply: Promise<Message>,
  timeoutMs: number,
  signal: AbortSignal,
  context: BusContext,
): Promise<Message> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(new OperationError('ABORTED', 'The caller aborted before the reply came.'));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const timer = context.timers.after(timeoutMs, () =>
    reject(new MessageError('REPLY_TIMEOUT', `No reply came within ${timeoutMs} ms.`)),
  );
  try {
    return await Promise.race([reply, promise]);
  } finally {
    timer[Symbol.dispose]();
    signal.removeEventListener('abort', onAbort);
  }
};

/**
 * Who may answer: the agent at the address, whoever has the capability, or whoever takes part in the one queue group that is subscribed to the topic.
 * Of topics in another tenant nobody learns who is subscribed there.
 */
const responderAt = (
  to: Address,
  requester: Agent,
  { registry, topics }: BusContext,
): ((responder: AgentReference) => boolean) => {
  if ('agent' in to) return (responder) => agentKey(responder) === agentKey(to);
  const { subscriptions } = topics;
  if ('capability' in to && to.tenant === requester.tenant) {
    const mailbox = capabilityMailbox(to.tenant, to.capability);
    return (responder) => {
      const agent = registry.find(responder);
      return agent !== undefined && hasCapability(agent, mailbox, to.capability);
    };
  }
  const own = 'topic' in to && to.tenant === requester.tenant;
  const { agents, groups } = own ? subscriptions.matching(to.tenant, to.topic) : { agents: [], groups: [] };
  const others = agents.filter(({ id }) => id !== requester.id);
  const [group] = groups;
  if (!own || group === undefined || groups.length > 1 || others.length > 0) {
    throw new OperationError(
      'REQUEST_INVALID',
      'A request goes to one agent, to a capability in the tenant, or to a topic of the tenant that one queue group and nobody else is subscribed to.',
    );
  }
  const mailbox = groupMailbox(to.tenant, group);
  return (responder) => {
    const agent = registry.find(responder);
    return agent !== undefined && subscriptions.isMember(agent, mailbox, to.topic);
  };
};

/**
 * Sends a message and waits for the first one that answers it. A denial rejects at once, and so does the end of the
 * message without success; an abort or the end of the waiting withdraws a hold.
 */
export const request = async (
  input: unknown,
  speaker: Speaker,
  context: BusContext,
  { timeoutMs = defaultTimeoutMs, signal = context.closing, onReceipt }: RequestOptions = {},
): Promise<Message> => {
  readMilliseconds(timeoutMs, 'timeoutMs', { least: 1, most: longestTimeoutMs });
  let messageId: string | undefined;
  let reply: Promise<Message> | undefined;
  try {
    const receipt = await admit(input, speaker, context, {
      signal,
      onIdentified: ({ id, to }) => {
        const mayAnswer = responderAt(to, speaker.agent, context);
        messageId = id;
        reply = context.requests.add(id, speaker.agent, mayAnswer);
        reply.catch(ignoreUntilAwaited);
      },
    });
    if (receipt.duplicate === true || messageId === undefined || reply === undefined) {
      throw new MessageError('DEDUPE_CONFLICT', 'A request cannot repeat a message that was sent before.');
    }
    onReceipt?.(receipt);
    return await raceWithGivingUp(reply, timeoutMs, signal, context);
  } finally {
    if (messageId !== undefined) {
      context.requests.forget(messageId);
      withdraw(messageId, context);
    }
  }
};
