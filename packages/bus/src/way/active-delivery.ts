import type { Delivery, Message, Verdict } from '@charterbus/core-models';
import type { Lease, Outcome } from '../broker/broker.js';
import type { BusContext } from '../context.js';
import { proofOf } from './grant.js';
import { readMilliseconds, readReason, toDelivery } from './settle.js';

/** A retry may be put off by at most a week. */
export const longestDelayMs = 7 * 86_400_000;
export const leaseBounds = { least: 10, most: 12 * 3_600_000 } as const;

/** A delivery in the hands of a consumer of this process. It settles once; a second call fails with `LEASE_LOST`. */
export class ActiveDelivery implements Delivery {
  readonly id: string;
  readonly fencingToken: number;
  readonly attempt: number;
  readonly leaseExpiresAt: string;
  readonly message: Message;
  readonly verdict: Verdict;
  /** Aborts when the lease is lost or the bus closes: the consumer's effects would no longer count. */
  readonly signal: AbortSignal;
  readonly #lease: Lease;
  readonly #context: BusContext;
  readonly #lost: AbortController;
  #settled = false;

  constructor(lease: Lease, context: BusContext) {
    const { id, fencingToken, attempt, leaseExpiresAt, message, verdict } = toDelivery(lease);
    this.id = id;
    this.fencingToken = fencingToken;
    this.attempt = attempt;
    this.leaseExpiresAt = leaseExpiresAt;
    this.message = message;
    this.verdict = verdict;
    this.#lease = lease;
    this.#context = context;
    this.#lost = new AbortController();
    this.signal = AbortSignal.any([this.#lost.signal, context.closing]);
  }

  /** Whether `ack`, `nack` or `reject` was called. */
  get settled(): boolean {
    return this.#settled;
  }

  /** The work is done. Resolves after the commit. */
  ack(): Promise<void> {
    return this.#settle({ kind: 'ack' });
  }

  /** The work failed and may be tried again: after a backoff, or after `delayMs`. */
  nack(options: { readonly reason?: string; readonly delayMs?: number } = {}): Promise<void> {
    const reason = readReason(options.reason, 'NACKED');
    if (options.delayMs === undefined) return this.#settle({ kind: 'nack', reason });
    const delayMs = readMilliseconds(options.delayMs, 'delayMs', { least: 0, most: longestDelayMs });
    return this.#settle({ kind: 'nack', reason, delayMs });
  }

  /** The work can never succeed: a dead letter at once. */
  reject(reason: string): Promise<void> {
    return this.#settle({ kind: 'reject', reason: readReason(reason, 'REJECTED') });
  }

  /** Keeps the lease for `leaseMs` from now. */
  async extend(leaseMs: number): Promise<void> {
    readMilliseconds(leaseMs, 'leaseMs', leaseBounds);
    try {
      await this.#context.broker.extend(proofOf(this.#lease), leaseMs, false);
    } catch (error) {
      this.#lost.abort(error);
      throw error;
    }
  }

  async #settle(outcome: Outcome): Promise<void> {
    this.#settled = true;
    await this.#context.broker.settle(proofOf(this.#lease), outcome);
  }
}
