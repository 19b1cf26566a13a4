import type { Timers } from '@charterbus/core-models';
import type { ClaimRequest, Lease } from '../broker/broker.js';
import type { Waiter } from './mailboxes.js';
import { mailboxOf } from './packing.js';

export interface WaitingClaimOptions {
  readonly timers: Timers;
  readonly signal: AbortSignal;
  /** Takes what came when the claim was over. */
  readonly giveBack: (leases: readonly Lease[]) => void;
}

/** One claim: it ends with the first leases, with its time, with an abort, or where it looks once and finds nothing. */
export class WaitingClaim implements Waiter {
  readonly recipient: string;
  readonly mailboxes: readonly string[];
  readonly leaseMs: number;
  readonly durable: boolean;
  readonly waits: boolean;
  readonly #most: number;
  readonly #options: WaitingClaimOptions;
  readonly #outcome = Promise.withResolvers<readonly Lease[]>();
  readonly #ended: (() => void)[] = [];
  #isOver = false;

  constructor(request: ClaimRequest, options: WaitingClaimOptions) {
    const { recipient, mailboxes = [recipient], max, leaseMs, durable, waitMs } = request;
    this.recipient = mailboxOf(recipient);
    this.mailboxes = mailboxes.map(mailboxOf);
    this.#most = max;
    this.leaseMs = leaseMs;
    this.durable = durable;
    this.waits = waitMs > 0;
    this.#options = options;
    const { timers, signal } = options;
    if (this.waits && Number.isFinite(waitMs)) {
      const timer = timers.after(waitMs, this.end);
      this.onEnd(() => timer[Symbol.dispose]());
    }
    signal.addEventListener('abort', this.end, { once: true });
    this.onEnd(() => signal.removeEventListener('abort', this.end));
    if (signal.aborted) this.end();
  }

  get outcome(): Promise<readonly Lease[]> {
    return this.#outcome.promise;
  }

  get room(): number {
    return this.#isOver ? 0 : this.#most;
  }

  /** Called when it is over, or at once where it is. */
  onEnd(listener: () => void): void {
    if (this.#isOver) listener();
    else this.#ended.push(listener);
  }

  readonly end = (): void => {
    if (this.#finish()) this.#outcome.resolve([]);
  };

  give(leases: readonly Lease[]): void {
    if (this.#finish()) this.#outcome.resolve(leases);
    else this.#options.giveBack(leases);
  }

  empty(): void {
    if (!this.waits) this.end();
  }

  failed(error: unknown): boolean {
    if (this.#finish()) this.#outcome.reject(error as Error);
    return false;
  }

  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    for (const listener of this.#ended) listener();
    return true;
  }
}
