import { type CharterbusError, DeliberationError, MessageError } from '@charterbus/core-models';
import type { EntryChange, Interceptor, Lease } from '../broker/broker.js';
import type { BusContext } from '../context.js';
import { grant, proofOf } from '../way/grant.js';

/** A reply goes to the request that waits for it, past the agent's queue and handler, but not past the policies. */
export const replyInterceptor = (context: BusContext): Interceptor => ({
  get waits() {
    return context.requests.size > 0;
  },
  wants: (entry, message) => context.requests.expects(message, context.registry.find(entry.recipient)),
  take(lease) {
    context.background.run('reply', () => giveReply(lease, context));
  },
});

const giveReply = async (lease: Lease, context: BusContext): Promise<void> => {
  const granted = await grant(lease, context);
  if (granted === undefined) return;
  const taken = context.requests.resolve(granted.envelope.message, context.registry.find(granted.entry.recipient));
  // The requester may have given up while the reply was judged: then it is a message like any other.
  await context.broker.settle(proofOf(granted), { kind: taken ? 'ack' : 'return' });
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
