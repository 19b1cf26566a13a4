import type { Timers } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { ClaimRequest, Consumer, Consumption, Lease } from '../broker/broker.js';
import type { Mailboxes } from './mailboxes.js';
import { mailboxOf } from './packing.js';
import type { Settlements } from './settlements.js';
import { WaitingClaim } from './waiting-claim.js';

export interface ClaimsOptions {
  readonly mailboxes: Mailboxes;
  readonly settlements: Settlements;
  readonly timers: Timers;
  readonly background: Background;
}

/** Gives what is ready to whoever claims or consumes in this process. */
export class Claims {
  readonly #options: ClaimsOptions;
  readonly #waiting = new Set<WaitingClaim>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    const { mailboxes, timers } = this.#options;
    if (!mailboxes.open) return Promise.resolve([]);
    const claim = new WaitingClaim(request, { timers, signal, giveBack: (leases) => this.#giveBack(leases) });
    this.#waiting.add(claim);
    claim.onEnd(() => this.#waiting.delete(claim));
    const place = mailboxes.add(claim);
    claim.onEnd(() => place[Symbol.dispose]());
    return claim.outcome;
  }

  consume(consumer: Consumer): Consumption {
    const { mailboxes, background } = this.#options;
    let over = false;
    const place = mailboxes.add({
      recipient: mailboxOf(consumer.recipient),
      mailboxes: [mailboxOf(consumer.mailbox ?? consumer.recipient)],
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
    for (const claim of this.#waiting) claim.end();
  }

  #giveBack(leases: readonly Lease[]): void {
    const { background, settlements } = this.#options;
    background.run('give back', () => settlements.giveBack(leases));
  }
}
