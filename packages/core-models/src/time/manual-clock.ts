import type { Clock } from './clock.js';
import type { Timers } from './timers.js';

interface Waiting {
  readonly dueAt: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** Clock and timers that move only when told: for tests and simulations. */
export class ManualClock implements Clock, Timers {
  #now: number;
  #monotonic = 0;
  #sequence = 0;
  readonly #waiting = new Set<Waiting>();

  /** @param startMs wall-clock time to begin with, milliseconds since the epoch. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(delayMs: number, callback: () => void): Disposable {
    if (Number.isNaN(delayMs)) throw new RangeError('A delay must be a number of milliseconds.');
    const waiting = { dueAt: this.#monotonic + Math.max(delayMs, 0), sequence: this.#sequence++, callback };
    this.#waiting.add(waiting);
    return { [Symbol.dispose]: () => void this.#waiting.delete(waiting) };
  }

  /**
   * Moves both clocks forward and runs what falls due, in order of time, then of registration. What is called back may
   * register more, and may advance further by itself.
   *
   * @throws RangeError for a negative or unbounded span; `jump` sets the wall clock back.
   */
  advance(milliseconds: number): void {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) {
      throw new RangeError('A clock advances by zero or more milliseconds.');
    }
    const target = this.#monotonic + milliseconds;
    for (let next = this.#earliest(target); next !== undefined; next = this.#earliest(target)) {
      this.#waiting.delete(next);
      this.#move(Math.max(next.dueAt, this.#monotonic));
      next.callback();
    }
    this.#move(Math.max(target, this.#monotonic));
  }

  /** Sets the wall clock forward or back, as NTP or an operator might; the monotonic clock does not notice. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
  }

  #move(to: number): void {
    this.#now += to - this.#monotonic;
    this.#monotonic = to;
  }

  #earliest(until: number): Waiting | undefined {
    let earliest: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.dueAt > until) continue;
      if (earliest === undefined || waiting.dueAt < earliest.dueAt) earliest = waiting;
      else if (waiting.dueAt === earliest.dueAt && waiting.sequence < earliest.sequence) earliest = waiting;
    }
    return earliest;
  }
}
