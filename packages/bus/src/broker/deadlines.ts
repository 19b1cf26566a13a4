import type { Clock, Timers } from '@charterbus/core-models';
import TinyQueue from 'tinyqueue';

/** A moment at which somebody wants to be woken. */
export interface Deadline {
  /** Monotonic milliseconds. */
  readonly dueAt: number;
  /** Nobody, once it is void: what ends soon after it was given would be kept until its moment. */
  subject: Waiting | undefined;
}

/** Something that waits for at most one moment at a time; a newer one makes the one before void. */
export interface Waiting {
  deadline: Deadline | undefined;
}

/** Below this many, void deadlines are not worth looking for. */
const leastSweep = 1024;

const byMoment = (left: Deadline, right: Deadline): number => left.dueAt - right.dueAt;

const isVoid = ({ subject }: Deadline): boolean => subject === undefined;

/** The next moment at which each of many subjects wants to be woken; one timer for all. */
export class Deadlines<T extends Waiting> implements Disposable {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #wake: (subject: T) => void;
  #queue = new TinyQueue<Deadline>([], byMoment);
  /** The length at which the queue is rid of void deadlines: twice what was left the last time. */
  #sweepAt = leastSweep;
  #armed: { readonly dueAt: number; readonly timer: Disposable } | undefined;

  constructor(clock: Clock, timers: Timers, wake: (subject: T) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#wake = wake;
  }

  /** Deadlines that are kept, void ones too. */
  get size(): number {
    return this.#queue.length;
  }

  /** Wakes the subject `delayMs` from now, and no longer at any moment set before. */
  set(subject: T, delayMs: number): void {
    this.clear(subject);
    const deadline: Deadline = { dueAt: this.#clock.monotonic() + delayMs, subject };
    subject.deadline = deadline;
    this.#queue.push(deadline);
    if (this.#queue.length >= this.#sweepAt) this.#sweep();
    this.#arm();
  }

  clear(subject: T): void {
    if (subject.deadline === undefined) return;
    subject.deadline.subject = undefined;
    subject.deadline = undefined;
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
    for (let next = this.#queue.peek(); next !== undefined && isVoid(next); next = this.#queue.peek())
      this.#queue.pop();
  }

  /** Void deadlines would be kept until their moment: of finished messages, for a day. */
  #sweep(): void {
    const kept: Deadline[] = [];
    for (const deadline of this.#queue.data) if (!isVoid(deadline)) kept.push(deadline);
    this.#queue = new TinyQueue(kept, byMoment);
    this.#sweepAt = Math.max(leastSweep, 2 * kept.length);
  }

  #fire(): void {
    this.#armed = undefined;
    const now = this.#clock.monotonic();
    for (let next = this.#queue.peek(); next !== undefined && next.dueAt <= now; next = this.#queue.peek()) {
      this.#queue.pop();
      const subject = next.subject as T | undefined;
      if (subject === undefined) continue;
      this.clear(subject);
      this.#wake(subject);
    }
    this.#arm();
  }
}
