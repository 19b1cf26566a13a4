import {
  type Agent,
  type CharterbusError,
  DeliberationError,
  type Message,
  MessageError,
} from '@charterbus/core-models';
import type { EntryChange, Interceptor, Lease, Outcome } from '../broker/broker.js';
import type { Entry } from '../broker/entry.js';
import type { BusContext } from '../context.js';
import { grant, proofOf } from '../way/grant.js';

/** A reply goes to the request that waits for it, past the agent's queue and handler, but not past the policies. */
export const replyInterceptor = (context: BusContext): Interceptor => ({
  get waits() {
    return context.requests.waits;
  },
  wants(entry, message) {
    if (message.inReplyTo === undefined) return false;
    const recipient = context.registry.find(entry.recipient);
    return context.requests.expects(message, recipient) || (!isRedriven(entry) && isLate(message, recipient, context));
  },
  take(lease) {
    context.background.run('reply', () => giveReply(lease, context));
  },
});

/** An operator wants it to be given all the same. */
const isRedriven = ({ history }: Entry): boolean => history.some(({ kind }) => kind === 'redriven');

const isLate = (message: Message, recipient: Agent | undefined, { requests }: BusContext): boolean =>
  requests.isLate(message, recipient);

/** Why a reply that nobody waits for any more became a dead letter. */
const lateReason = 'REPLY_LATE';

const giveReply = async (lease: Lease, context: BusContext): Promise<void> => {
  const { broker, registry, requests } = context;
  const end = (outcome: Outcome) => broker.settle(proofOf(lease), outcome);
  const late = { kind: 'reject', reason: lateReason } as const;
  if (isLate(lease.envelope.message, registry.find(lease.entry.recipient), context)) return void (await end(late));
  const granted = await grant(lease, context);
  if (granted === undefined) return;
  const { message } = granted.envelope;
  const recipient = registry.find(granted.entry.recipient);
  if (requests.resolve(message, recipient)) await end({ kind: 'ack' });
  // The requester may have given up while the reply was judged.
  else await end(isLate(message, recipient, context) ? late : { kind: 'return' });
};

const failureOf = ({ entry }: EntryChange): CharterbusError | undefined => {
  const reason = entry.reason ?? 'unknown';
  const details = { messageId: entry.message, reasons: [reason] };
  if (entry.state === 'dead') {
    return new MessageError('DELIVERY_FAILED', `The request could not be delivered: ${reason}.`, { details });
  }
  if (entry.state !== 'refused') return undefined;
  if (reason === 'MESSAGE_EXPIRED')
    return new MessageError('MESSAGE_EXPIRED', 'The request expired while it was held.', { details });
  if (reason === 'HOLD_TIMED_OUT') {
    return new DeliberationError('HOLD_TIMED_OUT', 'Nobody decided on the held request in time.', { details });
  }
  if (reason === 'HOLD_WITHDRAWN')
    return new DeliberationError('HOLD_WITHDRAWN', 'The held request was withdrawn.', { details });
  return new DeliberationError('HOLD_REFUSED', `The held request was refused: ${reason}.`, { details });
};

/** Rejects a request at once when its message ends without success. */
export const rejectFailedRequests = ({ broker, requests }: BusContext): Disposable =>
  broker.watch((change) => {
    if (requests.size === 0) return;
    const failure = failureOf(change);
    if (failure !== undefined) requests.reject(change.entry.message, failure);
  });
