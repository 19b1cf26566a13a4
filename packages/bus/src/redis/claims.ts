import type { Timers } from '@charterbus/core-models';
import type { Background } from '../background.js';
import type { ClaimRequest, Consumer, Consumption, Lease } from '../broker/broker.js';
import { type Mailboxes, mailboxOf, type Waiter } from './mailboxes.js';
import type { Settlements } from './settlements.js';

export interface ClaimsOptions {
  readonly mailboxes: Mailboxes;
  readonly settlements: Settlements;
  readonly timers: Timers;
  readonly background: Background;
}

/** Gives what is ready to whoever claims or consumes in this process. */
export class Claims {
  readonly #options: ClaimsOptions;
  /** Ends the claims that wait. */
  readonly #waiting = new Set<() => void>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    const { mailboxes, timers } = this.#options;
    if (!mailboxes.open || signal.aborted) return Promise.resolve([]);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Lease[]>();
    const looksOnce = request.waitMs <= 0;
    let over = false;
    const timer = looksOnce || !Number.isFinite(request.waitMs) ? undefined : timers.after(request.waitMs, () => end());
    const finish = (): boolean => {
      if (over) return false;
      over = true;
      timer?.[Symbol.dispose]();
      signal.removeEventListener('abort', end);
      this.#waiting.delete(end);
      place?.[Symbol.dispose]();
      return true;
    };
    const end = (): void => {
      if (finish()) resolve([]);
    };
    const waiter: Waiter = {
      leaseMs: request.leaseMs,
      durable: request.durable,
      waits: !looksOnce,
      get room() {
        return over ? 0 : request.max;
      },
      give: (leases) => {
        if (finish()) resolve(leases);
        else this.#giveBack(leases);
      },
      empty: () => {
        if (looksOnce) end();
      },
      failed: (error) => {
        if (finish()) reject(error as Error);
        return false;
      },
    };
    signal.addEventListener('abort', end, { once: true });
    this.#waiting.add(end);
    const place = mailboxes.add(mailboxOf(request.recipient), waiter);
    return promise;
  }

  consume(consumer: Consumer): Consumption {
    const { mailboxes, background } = this.#options;
    let over = false;
    const place = mailboxes.add(mailboxOf(consumer.recipient), {
      leaseMs: consumer.leaseMs,
      durable: false,
      waits: true,
      get room() {
        return over ? 0 : consumer.room;
      },
      give: (leases) => {
        // It may have stopped, or have less room by now.
        const taken = over || !mailboxes.open ? 0 : Math.min(leases.length, Math.max(0, consumer.room));
        for (const lease of leases.slice(0, taken)) consumer.take(lease);
        if (taken < leases.length) this.#giveBack(leases.slice(taken));
      },
      empty: () => undefined,
      failed: (error) => {
        background.report('claim', error);
        return !over;
      },
    });
    return {
      more: () => place.more(),
      [Symbol.dispose]: () => {
        over = true;
        place[Symbol.dispose]();
      },
    };
  }

  pause(): void {
    this.#options.mailboxes.pause();
    for (const end of this.#waiting) end();
  }

  #giveBack(leases: readonly Lease[]): void {
    const { background, settlements } = this.#options;
    background.run('give back', () => settlements.giveBack(leases));
  }
}
