import type { Timers } from '@charterbus/core-models';
import TinyQueue from 'tinyqueue';
import type { Backlog } from './backlog.js';
import { Lane, type Ordered } from './lane.js';
import { type Passable, PassedQueues } from './passed-queues.js';
import { byPosition, turnOf } from './turn.js';

/** What stands in a queue: an entry that may change while it stands there. */
export interface Queued extends Ordered, Passable {
  /** Whether it stands in the queue; the mailbox' own mark. */
  ready: boolean;
  /** Members of the queue group who may not have it; absent where there are none. */
  passedBy: ReadonlySet<string> | undefined;
}

/** What the mailboxes of one tenant have together. */
export interface MailboxTenant {
  readonly name: string;
  /** Unfinished entries, and admissions on their way to a commit. */
  size: number;
  mailboxes: number;
}

/** Who waits for what becomes ready: a claim that found nothing, or a consumer that has room. */
export interface Waiter {
  /** Takes what is ready; whether it waits no more. */
  readonly serve: () => boolean;
}

/** A consumer's place in a mailbox. */
export interface Place extends Disposable {
  /** It has room again: it comes last among those that wait. */
  readonly wait: () => void;
}

/** Below this many, what has ended is not worth looking for. */
const leastSweep = 1024;

/** What is ready for one recipient, and who waits for it. */
export class Mailbox<Q extends Queued = Queued> {
  readonly key: string;
  readonly tenant: MailboxTenant;
  /** Unfinished entries of any state, and admissions on their way to a commit: what the bound counts. */
  size = 0;
  /** Entries that are in memory for the recipient, also what is finished while others of its message are not. */
  kept = 0;
  /** Consumers that have a place here, whether or not they have room. */
  #consumers = 0;
  readonly #inTurn: (left: Q, right: Q) => number;
  #ready: TinyQueue<Q>;
  /** The length at which the queue is rid of what has ended: twice what was left the last time. */
  #sweepAt = leastSweep;
  /** Whether somebody is being served: what becomes ready meanwhile is given in the same go. */
  #serving = false;
  readonly #waiters = new Set<Waiter>();
  readonly #lanes = new Map<string, Lane<Q>>();
  /** Made when a member of a queue group may not have something. */
  #passed: PassedQueues<Q> | undefined;
  /** Absent where everything stays in memory. */
  readonly #backlog: Backlog<Q> | undefined;

  constructor(key: string, agingMs: number, tenant: MailboxTenant, backlog?: Backlog<Q>) {
    this.key = key;
    this.tenant = tenant;
    this.#backlog = backlog;
    this.#inTurn = (left, right) =>
      turnOf(left.entry, agingMs) - turnOf(right.entry, agingMs) || byPosition(left.entry, right.entry);
    this.#ready = new TinyQueue<Q>([], this.#inTurn);
  }

  /** What stands in the queue, also what has ended meanwhile. */
  get length(): number {
    return this.#ready.length;
  }

  /** Entries that stand here and are not in memory. */
  get away(): number {
    return this.#backlog?.size ?? 0;
  }

  /** Takes in an entry that is not in memory. */
  addAway(turn: number, number: number): void {
    this.#backlog?.add(turn, number);
  }

  /** Brings at most so many back into memory. @throws StoreError. */
  bringBack(most: number): void {
    for (const live of this.#backlog?.take(most) ?? []) this.#enqueue(live);
  }

  get idle(): boolean {
    return this.size === 0 && this.kept === 0 && this.#consumers === 0 && this.#waiters.size === 0;
  }

  /**
   * Puts an entry of an ordering key where its state says it belongs in its lane.
   *
   * @returns whether it is its turn, and who is next where it has left.
   */
  order(live: Q, key: string): { readonly first: boolean; readonly next: Q | undefined } {
    const { state } = live.entry;
    if (state === 'queued' || state === 'leased') {
      const lane = this.#lanes.get(key) ?? new Lane<Q>();
      this.#lanes.set(key, lane);
      lane.join(live);
      return { first: lane.first === live, next: undefined };
    }
    const lane = this.#lanes.get(key);
    if (lane === undefined || live.lane !== lane) return { first: false, next: undefined };
    lane.leave(live);
    const next = lane.first;
    if (next === undefined) this.#lanes.delete(key);
    return { first: false, next };
  }

  /** Counts entries that are unfinished from now on, or no longer. */
  grow(by: number): void {
    this.size += by;
    this.tenant.size += by;
  }

  push(live: Q): void {
    if (live.ready) return;
    if (this.#backlog?.takes(live, this.#ready.length) !== true) this.#enqueue(live);
    this.serve();
  }

  #enqueue(live: Q): void {
    live.ready = true;
    if (live.passedBy !== undefined) {
      this.#passed ??= new PassedQueues<Q>(this.#inTurn, (each) => each.entry.state === 'queued');
      this.#passed.push(live, live.passedBy);
    } else this.#ready.push(live);
    if (this.#ready.length >= this.#sweepAt) this.#sweep();
  }

  /** Whether the first in memory is the first of all, after what comes before it was brought back. */
  #isFilled(): boolean {
    if (this.#backlog?.isBefore(this.#ready.peek()) !== true) return true;
    const next = this.#backlog.next(() => this.serve());
    for (const live of next ?? []) this.#enqueue(live);
    return next !== undefined;
  }

  /** The next entry that may be leased; what is no longer queued is left out on the way. */
  pop(holder?: string): Q | undefined {
    for (let live = this.#next(holder); live !== undefined; live = this.#next(holder)) {
      live.ready = false;
      if (live.entry.state === 'queued' && live.pending === undefined && this.#isItsTurn(live)) return live;
    }
    return undefined;
  }

  #next(holder: string | undefined): Q | undefined {
    if (!this.#isFilled()) return undefined;
    const passed = this.#passed;
    return passed === undefined || holder === undefined ? this.#ready.pop() : passed.pop(this.#ready, holder);
  }

  /** Lets all members of the queue group have again what some of them were passed over for. */
  reoffer(): void {
    const passed = this.#passed?.drain() ?? [];
    this.#passed = undefined;
    for (const live of passed) {
      live.passedBy = undefined;
      live.ready = false;
      if (live.entry.state === 'queued') this.push(live);
    }
  }

  /** Who came first may have been found to be second: entries come back from a store in another order than they stand in. */
  #isItsTurn({ entry, lane }: Q): boolean {
    if (lane === undefined || entry.orderingKey === undefined) return true;
    return this.#lanes.get(entry.orderingKey)?.first?.entry === entry;
  }

  /** Gives waiting claims their turn, in the order of their coming, while there is something to give. */
  serve(): void {
    // Whoever is served ends what has expired, which makes others ready: served again inside, it would take more than it has room for.
    if (this.#serving) return;
    this.#serving = true;
    try {
      // Whoever comes first may not be one who may have it.
      if ((this.#passed?.size ?? 0) > 0) this.#serveEach();
      while (this.#ready.length + this.away > 0) {
        const [waiter] = this.#waiters;
        if (waiter === undefined) return;
        if (waiter.serve()) this.#waiters.delete(waiter);
        else return;
      }
    } finally {
      this.#serving = false;
    }
  }

  #serveEach(): void {
    // A copy: whoever is served may take its place again, at the end.
    const waiting = Array.from(this.#waiters);
    for (const waiter of waiting) if (waiter.serve()) this.#waiters.delete(waiter);
  }

  /** What ends while nobody takes anything, by its expiry above all, would be kept until somebody does. */
  #sweep(): void {
    const kept: Q[] = [];
    for (const live of this.#ready.data) {
      if (live.entry.state === 'queued') kept.push(live);
      else live.ready = false;
    }
    this.#ready = new TinyQueue(kept, this.#inTurn);
    this.#sweepAt = Math.max(leastSweep, 2 * kept.length);
  }

  /** Gives a consumer a place. @param serve takes what is ready; whether the consumer has no more room. */
  place(serve: () => boolean): Place {
    const waiter: Waiter = {
      serve: () => {
        if (serve()) return true;
        // Whoever has been served lets others come first.
        if (this.#waiters.size > 1 && this.#waiters.delete(waiter)) this.#waiters.add(waiter);
        return false;
      },
    };
    let left = false;
    this.#consumers += 1;
    return {
      wait: () => {
        if (left || this.#waiters.has(waiter)) return;
        this.#waiters.add(waiter);
        this.serve();
      },
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        this.#consumers -= 1;
        this.#waiters.delete(waiter);
      },
    };
  }

  /** Enlists somebody who waits here and elsewhere; `dismissed` tells whether it was let go. */
  enlist(waiter: Waiter): Disposable & { readonly dismissed: boolean } {
    this.#waiters.add(waiter);
    const isDismissed = (): boolean => !this.#waiters.has(waiter);
    return {
      get dismissed() {
        return isDismissed();
      },
      [Symbol.dispose]: () => void this.#waiters.delete(waiter),
    };
  }

  /** Ends every wait with nothing. */
  dismiss(): void {
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.serve();
    }
  }

  /**
   * Waits until `take` finds something, the time is over or the signal aborts. An abort settles at once.
   */
  wait<T>(take: () => readonly T[], waitMs: number, timers: Timers, signal: AbortSignal): Promise<readonly T[]> {
    const { promise, resolve } = Promise.withResolvers<readonly T[]>();
    const waiter: Waiter = {
      serve: () => {
        const taken = take();
        if (taken.length === 0 && this.#waiters.has(waiter)) return false;
        finish(taken);
        return true;
      },
    };
    const end = (): void => finish([]);
    const timer = Number.isFinite(waitMs) ? timers.after(waitMs, end) : undefined;
    const finish = (taken: readonly T[]): void => {
      this.#waiters.delete(waiter);
      timer?.[Symbol.dispose]();
      signal.removeEventListener('abort', end);
      resolve(taken);
    };
    this.#waiters.add(waiter);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    return promise;
  }
}
