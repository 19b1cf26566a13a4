import { type Delivery, type Message, rfc3339, type Verdict } from '@charterbus/core-models';
import type { Lease, Outcome } from '../broker/broker.js';
import type { BusContext } from '../context.js';
import type { Eventual } from '../eventual.js';
import { proofOf } from './grant.js';
import { recipientVerdict } from './public-verdict.js';
import { readMilliseconds, readReason } from './settle.js';

/** A retry may be put off by at most a week. */
export const longestDelayMs = 7 * 86_400_000;
export const leaseBounds = { least: 10, most: 12 * 3_600_000 } as const;

const mayAlways = (): void => undefined;

const acknowledged: Outcome = Object.freeze({ kind: 'ack' });

/** A delivery in the hands of a consumer of this process. It settles once; a second call fails with `LEASE_LOST`. */
export class ActiveDelivery implements Delivery {
  readonly id: string;
  readonly fencingToken: number;
  readonly attempt: number;
  readonly message: Message;
  readonly #lease: Lease;
  readonly #context: BusContext;
  #lost: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #reason: unknown;
  readonly #checkHolder: () => void;
  #settled = false;
  #stopped = false;

  /** @param checkHolder throws where the consumer may say nothing of it any more. Default: whoever gives it takes it back. */
  constructor(lease: Lease, context: BusContext, checkHolder: () => void = mayAlways) {
    this.id = lease.deliveryId;
    this.fencingToken = lease.entry.token;
    this.attempt = lease.entry.attempt;
    this.message = lease.envelope.message;
    this.#lease = lease;
    this.#context = context;
    this.#checkHolder = checkHolder;
  }

  get leaseExpiresAt(): string {
    return rfc3339(this.#lease.entry.leaseUntil);
  }

  get verdict(): Verdict {
    return recipientVerdict(this.#lease.entry.verdict);
  }

  /** Aborts when the lease is lost or the bus closes: the consumer's effects would no longer count. */
  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal;
    // Made when it is asked for: most handlers end sooner than they look.
    this.#lost = new AbortController();
    if (this.#reason !== undefined) this.#lost.abort(this.#reason);
    this.#signal = AbortSignal.any([this.#lost.signal, this.#context.closing]);
    return this.#signal;
  }

  /** Whether the consumer's effects would still count, as far as is known. */
  get live(): boolean {
    return !this.#settled && this.#reason === undefined && !this.#context.closing.aborted;
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
      this.#checkHolder();
      await this.#context.broker.extend(proofOf(this.#lease), leaseMs, false);
    } catch (error) {
      this.#reason = error;
      this.#lost?.abort(error);
      throw error;
    }
  }

  /** Whether it was taken out of its consumer's hands: nothing that the consumer says of it counts. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** @internal Takes it out of its consumer's hands. */
  stop(reason: Error): void {
    this.#stopped = true;
    this.#reason = reason;
    this.#lost?.abort(reason);
  }

  /** @internal As `ack`, for whoever knows what an entry is. */
  acknowledge(): Eventual<unknown> {
    this.#settled = true;
    return this.#end(acknowledged);
  }

  async #settle(outcome: Outcome): Promise<void> {
    if (this.#stopped) throw this.#reason;
    this.#checkHolder();
    this.#settled = true;
    await this.#end(outcome);
  }

  #end(outcome: Outcome): Eventual<unknown> {
    const { broker, telemetry } = this.#context;
    if (!telemetry.traces) return broker.settle(proofOf(this.#lease), outcome);
    return telemetry.settlement(outcome.kind, this.id, () => broker.settle(proofOf(this.#lease), outcome));
  }
}
