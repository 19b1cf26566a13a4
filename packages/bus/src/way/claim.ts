import type { AgentReference } from '@charterbus/core-models';
import type { ClaimRequest, Lease } from '../broker/broker.js';
import type { BusContext } from '../context.js';
import { grantAll, proofOf } from './grant.js';
import { receiving, type Speaker } from './speaker.js';

/** As if the leases had never been given. */
const giveBack = async (leases: readonly Lease[], { broker, background }: BusContext): Promise<void> => {
  const given = await Promise.allSettled(
    leases.map(async (lease) => broker.settle(proofOf(lease), { kind: 'return' })),
  );
  // What could not be given back comes again when its lease runs out.
  for (const outcome of given) if (outcome.status === 'rejected') background.report('give back', outcome.reason);
};

/** Ends a wait also when the agent comes to take from another mailbox, or no longer does: then it claims anew. */
const untilMembershipChanges = (
  agent: AgentReference,
  waitMs: number,
  signal: AbortSignal,
  { membership }: BusContext,
): Disposable & { readonly signal: AbortSignal; readonly changed: boolean } => {
  if (waitMs <= 0) return { signal, changed: false, [Symbol.dispose]: () => undefined };
  const change = new AbortController();
  const watch = membership.watchOf(agent, () => change.abort());
  return {
    signal: AbortSignal.any([signal, change.signal]),
    get changed() {
      return change.signal.aborted;
    },
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
};

/**
 * Claims until something may be given, the time is over or the signal aborts.
 *
 * @throws AgentError `CREDENTIAL_REFUSED` where the agent is gone, also where it went while this waited: whoever was
 * registered under its id meanwhile is another agent. OperationError `HALT_IN_FORCE`.
 */
export const claimGranted = async (
  speaker: Speaker,
  request: Omit<ClaimRequest, 'recipient'>,
  context: BusContext,
  signal: AbortSignal,
): Promise<readonly Lease[]> => {
  const { broker, clock, membership } = context;
  const recipient = speaker.reference;
  const deadline = clock.monotonic() + request.waitMs;
  receiving(speaker, context);
  for (;;) {
    const waitMs = Math.max(0, deadline - clock.monotonic());
    const mailboxes = membership.inTurns(recipient);
    const claim = { ...request, recipient, waitMs, ...(mailboxes === undefined ? {} : { mailboxes }) };
    using wait = untilMembershipChanges(recipient, waitMs, signal, context);
    const leases = await broker.claim(claim, wait.signal);
    const given = await grantAll(leases, context);
    try {
      receiving(speaker, context);
    } catch (error) {
      await giveBack(given, context);
      throw error;
    }
    if (signal.aborted) {
      await giveBack(given, context);
      return [];
    }
    for (const lease of given)
      context.telemetry.received(lease, recipient.agent, lease.entry.leaseUntil - request.leaseMs);
    if (given.length > 0 || (leases.length === 0 && !wait.changed)) return given;
  }
};
