import type { Clock, Timers } from '@charterbus/core-models';
import TinyQueue from 'tinyqueue';

interface Deadline<T> {
  /** Monotonic milliseconds. */
  readonly dueAt: number;
  readonly subject: T;
  readonly stamp: number;
}

/** Something that waits for at most one moment at a time; a newer one makes older ones void. */
export interface Waiting {
  /** Grows with each deadline set or cleared. */
  deadlineStamp: number;
}

/** The next moment at which each of many subjects wants to be woken; one timer for all. */
export class Deadlines<T extends Waiting> implements Disposable {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #wake: (subject: T) => void;
  readonly #queue = new TinyQueue<Deadline<T>>([], (left, right) => left.dueAt - right.dueAt);
  #armed: { readonly dueAt: number; readonly timer: Disposable } | undefined;

  constructor(clock: Clock, timers: Timers, wake: (subject: T) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#wake = wake;
  }

  /** Wakes the subject `delayMs` from now, and no longer at any moment set before. */
  set(subject: T, delayMs: number): void {
    subject.deadlineStamp += 1;
    this.#queue.push({ dueAt: this.#clock.monotonic() + delayMs, subject, stamp: subject.deadlineStamp });
    this.#arm();
  }

  clear(subject: T): void {
    subject.deadlineStamp += 1;
  }

  [Symbol.dispose](): void {
    this.#armed?.timer[Symbol.dispose]();
    this.#armed = undefined;
    while (this.#queue.length > 0) this.#queue.pop();
  }

  #arm(): void {
    this.#dropVoid();
    const next = this.#queue.peek();
    if (next === undefined) return;
    if (this.#armed !== undefined) {
      if (this.#armed.dueAt <= next.dueAt) return;
      this.#armed.timer[Symbol.dispose]();
    }
    // Rounded up: a timer that fires a fraction early would find nothing due and spin.
    const delay = Math.ceil(Math.max(0, next.dueAt - this.#clock.monotonic()));
    this.#armed = { dueAt: next.dueAt, timer: this.#timers.after(delay, () => this.#fire()) };
  }

  #dropVoid(): void {
    for (
      let next = this.#queue.peek();
      next !== undefined && next.stamp !== next.subject.deadlineStamp;
      next = this.#queue.peek()
    ) {
      this.#queue.pop();
    }
  }

  #fire(): void {
    this.#armed = undefined;
    const now = this.#clock.monotonic();
    for (let next = this.#queue.peek(); next !== undefined && next.dueAt <= now; next = this.#queue.peek()) {
      this.#queue.pop();
      if (next.stamp === next.subject.deadlineStamp) this.#wake(next.subject);
    }
    this.#arm();
  }
}
