import type { RandomSource, Timers } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { DeliveryOptions } from '../broker/delivery-options.js';
import type { Entry } from '../broker/entry.js';
import { endOfHold } from '../broker/holds.js';
import { expiredTransition, outcomeTransition } from '../broker/outcomes.js';
import type { Transition } from '../broker/transitions.js';
import type { Entries } from './entries.js';
import type { Leases } from './leases.js';
import { type StoredEntry, unpackEntry } from './packing.js';
import type { Shard } from './shard.js';

export interface SweepOptions {
  readonly shard: Shard;
  readonly entries: Entries;
  readonly leases: Leases;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly delivery: DeliveryOptions;
  readonly silenceMs: number;
  readonly background: Background;
}

/** Entries looked at in one step. */
const step = 200;
const fieldsOfEntry = 3;
/** Finished messages dropped in one step. */
const pruneStep = 1000;
/** Bytes over the bound, as a factor, at which a sweep of finished messages does not wait for its time. */
const pruneAhead = 1.1;
/** A timer that fires a fraction early would find nothing due. */
const least = 1;

/**
 * Does what falls due in one shard: for whoever holds the sweep all of it, for others what is leased to their own
 * consumers. The holder is whoever asked last for longer than a hold lasts; all others ask now and then.
 */
export class Sweep implements Disposable {
  readonly #options: SweepOptions;
  #armed: { readonly dueAt: number; readonly timer: Disposable } | undefined;
  #beat: Disposable | undefined;
  #pruneTimer: Disposable | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #pruning: Promise<void> | undefined;
  #closed = false;

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Does what is due by now, and goes on from there. */
  async start(): Promise<void> {
    this.#scheduleBeat();
    this.#schedulePrune();
    await this.#sweepOnce();
  }

  /** The server's time at which something falls due. */
  due(at: number): void {
    if (this.#closed || (this.#armed !== undefined && this.#armed.dueAt <= at)) return;
    this.#armed?.timer[Symbol.dispose]();
    const delay = at - this.#options.shard.now();
    const timer = this.#options.timers.after(delay <= 0 ? 0 : Math.max(least, Math.ceil(delay)), () => {
      this.#armed = undefined;
      this.now();
    });
    this.#armed = { dueAt: at, timer };
  }

  /** Looks at once. */
  now(): void {
    if (this.#closed) return;
    this.#again = this.#running !== undefined;
    if (this.#running !== undefined) return;
    const ended = (): void => {
      this.#running = undefined;
      if (this.#again) this.now();
    };
    const sweep = this.#sweepOnce();
    this.#running = sweep.then(ended, ended);
    this.#options.background.track('sweep', sweep);
  }

  /** The sweep of finished messages that is under way. */
  get pruning(): Promise<void> | undefined {
    return this.#pruning;
  }

  checkBytes(): void {
    const { shard, delivery } = this.#options;
    if (shard.finishedBytes > delivery.retention.finishedBytes * pruneAhead) this.prune();
  }

  prune(): void {
    if (this.#closed || this.#pruning !== undefined) return;
    const ended = (): void => {
      this.#pruning = undefined;
    };
    const work = this.#prune();
    this.#pruning = work.then(ended, ended);
    this.#options.background.track('retention', work);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#armed?.timer[Symbol.dispose]();
    this.#beat?.[Symbol.dispose]();
    this.#pruneTimer?.[Symbol.dispose]();
  }

  #scheduleBeat(): void {
    const { background, silenceMs } = this.#options;
    // Looking for what is due is the sign of life.
    this.#beat = background.repeat('sweep', silenceMs / 4, () => this.now());
  }

  #schedulePrune(): void {
    const { background, delivery } = this.#options;
    this.#pruneTimer = background.repeat('retention', delivery.retention.everyMs, () => this.prune());
  }

  async #sweepOnce(): Promise<void> {
    const { shard, silenceMs } = this.#options;
    for (let looked = step; looked > 0 && !this.#closed; ) {
      const [, count, found] = await shard.working.ask((into) => {
        into.push('d', String(step), String(Math.floor(silenceMs / 2)));
      });
      await this.#end(found as readonly string[]);
      looked = Number(count);
    }
  }

  async #end(found: readonly string[]): Promise<void> {
    const ends: Promise<unknown>[] = [];
    for (let place = 0; place < found.length; place += fieldsOfEntry) {
      const [member = '', text = '', digest = ''] = found.slice(place, place + fieldsOfEntry);
      ends.push(this.#endOne({ member, text, digest }));
    }
    const settled = await Promise.allSettled(ends);
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #endOne(stored: StoredEntry): Promise<void> {
    const { shard, entries, leases } = this.#options;
    const versioned = await unpackEntry(stored, shard.forms);
    const { entry } = versioned;
    // Asked again only where it is no longer what was found; by then it is somebody else's.
    await entries.change({ ...versioned, shard }, (now) => (now === entry ? this.#transition(now) : undefined));
    leases.delete(stored.member);
  }

  #transition(entry: Entry): Transition | undefined {
    const { shard, random, delivery } = this.#options;
    const now = (): number => Math.floor(shard.now());
    if (entry.state === 'leased') return outcomeTransition(entry, { kind: 'lapsed' }, { now, random, delivery });
    if (entry.state === 'held') return endOfHold(entry);
    return entry.state === 'queued' ? expiredTransition(entry) : undefined;
  }

  async #prune(): Promise<void> {
    const { shard, delivery } = this.#options;
    const { finishedMs, finishedBytes, deadLetterMs } = delivery.retention;
    for (let dropped = pruneStep; dropped >= pruneStep; ) {
      const [count] = await shard.working.ask((into) => {
        const now = Math.floor(shard.now());
        into.push('f', String(now - finishedMs), String(now - deadLetterMs), String(finishedBytes));
        into.push(String(pruneStep), String(Math.max(least, deadLetterMs)));
      });
      dropped = Number(count);
    }
  }
}
