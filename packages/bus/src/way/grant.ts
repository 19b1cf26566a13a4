import { toCharterbusError, type Verdict } from '@charterbus/core-models';
import type { ClaimRequest, Lease, LeaseProof } from '../broker/broker.js';
import type { BusContext } from '../context.js';
import { judgeReceive } from './judge.js';
import { verdictWithoutPolicies } from './screen.js';

export const proofOf = (lease: Lease): LeaseProof => ({
  deliveryId: lease.deliveryId,
  recipient: lease.entry.recipient,
  fencingToken: lease.entry.token,
});

/** Whether the verdict in hand is about exactly what would be given now. */
const stillBinds = (lease: Lease, { constitution, registry }: BusContext): boolean => {
  const { entry, envelope } = lease;
  const { binds, effect, point } = entry.verdict;
  return (
    !entry.judgeAgain &&
    effect === 'allow' &&
    point === 'receive' &&
    binds.messageDigest === envelope.digest &&
    binds.constitutionDigest === constitution.hash &&
    binds.dataVersion === constitution.dataVersion &&
    binds.recipientRevision !== undefined &&
    binds.recipientRevision === registry.find(entry.recipient)?.revision
  );
};

const judgeAgain = (lease: Lease, context: BusContext): Promise<Verdict> => {
  const { entry, envelope } = lease;
  const { message } = envelope;
  const sender = context.registry.find({ tenant: message.tenant, agent: message.from });
  const recipient = context.registry.find(entry.recipient);
  if (sender === undefined || recipient === undefined) {
    const denial = {
      point: 'receive',
      cause: 'routing',
      code: 'RECIPIENT_UNREACHABLE',
      reasons: ['RECIPIENT_UNREACHABLE'],
    } as const;
    return Promise.resolve(verdictWithoutPolicies(envelope, denial, context));
  }
  return judgeReceive({ envelope, sender, approvals: entry.approvals }, recipient, context, context.closing);
};

/**
 * The last point before a consumer sees a message. What the verdict in hand does not bind any more is judged again;
 * denied, it becomes a dead letter; escalated, it is held.
 *
 * @returns the lease under the verdict that allows it, or nothing.
 */
export const grant = async (lease: Lease, context: BusContext): Promise<Lease | undefined> => {
  if (stillBinds(lease, context)) return lease;
  const { broker, clock, constitution } = context;
  const verdict = await judgeAgain(lease, context);
  if (verdict.effect === 'allow') return broker.rebind(proofOf(lease), verdict);
  const holdUntil = clock.now() + constitution.manifest.thresholds.holdSeconds * 1000;
  await broker.settle(
    proofOf(lease),
    verdict.effect === 'deny' ? { kind: 'denied', verdict } : { kind: 'escalated', verdict, holdUntil },
  );
  return undefined;
};

/** How long a message waits whose grant could not be completed: the store needs a moment, not a storm. */
const grantRetryMs = 1000;

/** As `grant`; where that fails, it is reported and the message is tried again later: others are not held up. */
const grantOrRetry = async (lease: Lease, context: BusContext): Promise<Lease | undefined> => {
  try {
    return await grant(lease, context);
  } catch (error) {
    context.background.report('grant', error);
    const { code: reason } = toCharterbusError(error);
    const retry = { kind: 'nack', reason, delayMs: grantRetryMs } as const;
    // Should this fail too, the lease runs out.
    context.background.run('grant', () => context.broker.settle(proofOf(lease), retry));
    return undefined;
  }
};

/** Claims until something may be given, the time is over or the signal aborts. */
export const claimGranted = async (
  request: ClaimRequest,
  context: BusContext,
  signal: AbortSignal,
): Promise<readonly Lease[]> => {
  const deadline = context.clock.monotonic() + request.waitMs;
  for (;;) {
    const waitMs = Math.max(0, deadline - context.clock.monotonic());
    const leases = await context.broker.claim({ ...request, waitMs }, signal);
    const granted = await Promise.all(leases.map((lease) => grantOrRetry(lease, context)));
    const given = granted.filter((lease) => lease !== undefined);
    if (given.length > 0 || leases.length === 0) return given;
  }
};
