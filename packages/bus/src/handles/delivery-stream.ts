import type { BusContext } from '../context.js';
import { ActiveDelivery } from '../way/active-delivery.js';
import { claimGranted } from '../way/claim.js';
import { type Speaker, settling } from '../way/speaker.js';

export interface StreamOptions {
  /** How long a lease lasts, in milliseconds. It is not renewed: extend it where work takes longer. */
  readonly leaseMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * An agent's messages one by one, leased when they are asked for; whoever iterates settles each of them, also the last
 * one before leaving: what is left open comes again when its lease runs out. Ends when the signal aborts or the bus
 * drains.
 *
 * @throws AgentError `CREDENTIAL_REFUSED` where the agent is gone.
 */
export async function* streamDeliveries(
  speaker: Speaker,
  context: BusContext,
  { leaseMs = 30_000, signal = context.closing }: StreamOptions,
): AsyncGenerator<ActiveDelivery, void, void> {
  const ending = AbortSignal.any([signal, context.closing]);
  const request = { max: 1, leaseMs, waitMs: Number.POSITIVE_INFINITY, durable: false };
  while (!ending.aborted) {
    const [lease] = await claimGranted(speaker, request, context, ending);
    if (lease === undefined) return;
    yield new ActiveDelivery(lease, context, () => settling(speaker, context));
  }
}
