import type { Clock, Timers } from '@charterbus/core-models';
import TinyQueue from 'tinyqueue';
import type { Entry } from '../view/entry.js';

interface Due {
  readonly endsAt: number;
  readonly entry: Entry;
}

const byEnd = (one: Due, other: Due): number => one.endsAt - other.endsAt;

/** What is queued beyond the entries that have a lease, before it is swept out. */
const mostStale = 1000;

/**
 * Calls out when leases run out: one timer for the next of all. A renewal only notes a later end; the queue is put right
 * when the earlier one falls due.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #onExpired: (entry: Entry) => void;
  #queue = new TinyQueue<Due>([], byEnd);
  /** For which end each entry is queued; what is queued for another is stale. */
  readonly #queuedFor = new Map<Entry, number>();
  #timer: { readonly dueAt: number; readonly handle: Disposable } | undefined;
  #isClosed = false;

  constructor(
    { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
    onExpired: (entry: Entry) => void,
  ) {
    this.#clock = clock;
    this.#timers = timers;
    this.#onExpired = onExpired;
  }

  /** Begins the lease of an agent anew, if it has one. */
  renew(entry: Entry): void {
    const { leaseMs } = entry.record.agent;
    if (leaseMs === undefined || this.#isClosed) return;
    const endsAt = this.#clock.monotonic() + leaseMs;
    entry.leaseEndsAt = endsAt;
    const queuedFor = this.#queuedFor.get(entry);
    if (queuedFor !== undefined && queuedFor <= endsAt) return;
    this.#enqueue(entry, endsAt);
    this.#arm();
  }

  /** The entry's lease does not count any more. */
  forget(entry: Entry): void {
    entry.leaseEndsAt = undefined;
    if (!this.#queuedFor.delete(entry)) return;
    if (this.#queue.length <= 2 * this.#queuedFor.size + mostStale) return;
    this.#queue = new TinyQueue(
      this.#queue.data.filter((due) => this.#isQueued(due)),
      byEnd,
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.handle[Symbol.dispose]();
  }

  #isQueued({ entry, endsAt }: Due): boolean {
    return this.#queuedFor.get(entry) === endsAt;
  }

  #enqueue(entry: Entry, endsAt: number): void {
    this.#queuedFor.set(entry, endsAt);
    this.#queue.push({ entry, endsAt });
  }

  #arm(): void {
    const next = this.#queue.peek();
    if (next === undefined || this.#isClosed) return;
    if (this.#timer !== undefined && this.#timer.dueAt <= next.endsAt) return;
    this.#timer?.handle[Symbol.dispose]();
    const handle = this.#timers.after(next.endsAt - this.#clock.monotonic(), () => this.#fall());
    this.#timer = { dueAt: next.endsAt, handle };
  }

  #fall(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (let due = this.#queue.peek(); due !== undefined && due.endsAt <= now; due = this.#queue.peek()) {
      this.#queue.pop();
      if (!this.#isQueued(due)) continue;
      const { entry } = due;
      this.#queuedFor.delete(entry);
      const { leaseEndsAt } = entry;
      if (leaseEndsAt === undefined) continue;
      if (leaseEndsAt > now) this.#enqueue(entry, leaseEndsAt);
      else this.#onExpired(entry);
    }
    this.#arm();
  }
}
