import type { Background } from '@charterbus/recovery';
import type { BusContext } from '../context.js';
import type { ActiveDelivery } from './active-delivery.js';

/** A delivery whose lease is kept while its handler works. */
export interface Renewal {
  readonly delivery: ActiveDelivery;
  /** Monotonic milliseconds. */
  dueAt: number;
}

/**
 * Keeps the leases of one handler at half their time. They all last equally long, so that they fall due in the order in
 * which they began, and one timer does for all; it is set when it fires, not for each delivery.
 */
export class Renewals {
  readonly #context: Pick<BusContext, 'clock' | 'timers'>;
  readonly #leaseMs: number;
  readonly #work: Background;
  /** The first falls due first. */
  readonly #waiting = new Set<Renewal>();
  #armed = false;

  constructor(context: Pick<BusContext, 'clock' | 'timers'>, leaseMs: number, work: Background) {
    this.#context = context;
    this.#leaseMs = leaseMs;
    this.#work = work;
  }

  add(delivery: ActiveDelivery): Renewal {
    const renewal = { delivery, dueAt: this.#context.clock.monotonic() + this.#leaseMs / 2 };
    this.#waiting.add(renewal);
    this.#arm(renewal);
    return renewal;
  }

  delete(renewal: Renewal): void {
    this.#waiting.delete(renewal);
  }

  /** Takes deliveries out of the hands of their handlers, each of which learns why. */
  stop(which: (delivery: ActiveDelivery) => boolean, reason: Error): void {
    for (const renewal of this.#waiting) {
      if (!which(renewal.delivery)) continue;
      this.#waiting.delete(renewal);
      renewal.delivery.stop(reason);
    }
  }

  #arm({ dueAt }: Renewal): void {
    if (this.#armed) return;
    this.#armed = true;
    const { clock, timers } = this.#context;
    // Never disposed of: it ends by itself, and keeps no process alive.
    timers.after(Math.ceil(Math.max(0, dueAt - clock.monotonic())), () => this.#fire());
  }

  #fire(): void {
    this.#armed = false;
    const now = this.#context.clock.monotonic();
    for (const renewal of this.#waiting) {
      if (renewal.dueAt > now) break;
      this.#waiting.delete(renewal);
      if (!renewal.delivery.live) continue;
      this.#work.run('lease renewal', () => renewal.delivery.extend(this.#leaseMs));
      renewal.dueAt = now + this.#leaseMs / 2;
      this.#waiting.add(renewal);
    }
    const [next] = this.#waiting;
    if (next !== undefined) this.#arm(next);
  }
}
