import { agentKey, systemClock, type Timers } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { Lease } from '../broker/broker.js';
import { holderOf } from '../broker/entry.js';
import type { Leases } from './leases.js';
import { recipientOf } from './packing.js';
import type { Shards } from './shards.js';

/** Somebody of this process who waits for what is in a mailbox. */
export interface Waiter {
  /** Who takes it: of what is not its own it becomes the holder. */
  readonly recipient: string;
  /** From which mailboxes: of several one from each in turn. */
  readonly mailboxes: readonly string[];
  readonly leaseMs: number;
  readonly durable: boolean;
  /** How many more it takes now. */
  readonly room: number;
  /** Whether it is to be woken when there is more. */
  readonly waits: boolean;
  give(leases: readonly Lease[]): void;
  /** Told that there was nothing. */
  empty(): void;
  /** Told where asking failed; whether it goes on waiting. */
  failed(error: unknown): boolean;
}

interface Place {
  readonly waiter: Waiter;
  asking: boolean;
  /** Something came while it was asking. */
  again: boolean;
  left: boolean;
}

export interface MailboxesOptions {
  readonly shards: Shards;
  readonly leases: Leases;
  readonly timers: Timers;
  readonly background: Background;
  /** After how long without a sign of life a process is taken for gone, in milliseconds. */
  readonly silenceMs: number;
  readonly giveBack: (leases: readonly Lease[]) => Promise<void>;
}

/** How long a consumer rests after Redis failed it, in milliseconds. */
const restMs = 250;

/** Who of this process waits at which mailbox. Nobody asks again before there may be something. */
export class Mailboxes {
  readonly #options: MailboxesOptions;
  readonly #places = new Map<string, Set<Place>>();
  readonly #resting = new Set<Disposable>();
  #open = false;

  constructor(options: MailboxesOptions) {
    this.#options = options;
  }

  get open(): boolean {
    return this.#open;
  }

  start(): void {
    this.#open = true;
    this.wakeAll();
  }

  pause(): void {
    this.#open = false;
  }

  close(): void {
    for (const timer of this.#resting) timer[Symbol.dispose]();
    this.#places.clear();
  }

  /** Gives a waiter a place, and asks for it. `more` asks again. */
  add(waiter: Waiter): Disposable & { more(): void } {
    const place: Place = { waiter, asking: false, again: false, left: false };
    for (const mailbox of waiter.mailboxes) {
      const places = this.#places.get(mailbox) ?? new Set();
      places.add(place);
      this.#places.set(mailbox, places);
    }
    this.#ask(place);
    return { more: () => this.#ask(place), [Symbol.dispose]: () => this.#remove(place) };
  }

  #remove(place: Place): void {
    place.left = true;
    for (const mailbox of place.waiter.mailboxes) {
      const places = this.#places.get(mailbox);
      places?.delete(place);
      if (places?.size === 0) this.#places.delete(mailbox);
    }
  }

  wake(mailbox: string): void {
    for (const place of this.#places.get(mailbox) ?? []) this.#ask(place);
  }

  /** After a time in which something may have been missed. */
  wakeAll(): void {
    for (const mailbox of this.#places.keys()) this.wake(mailbox);
  }

  #ask(place: Place): void {
    const { waiter } = place;
    if (!this.#open || place.left || waiter.room <= 0) return;
    place.again = place.asking;
    if (place.asking) return;
    place.asking = true;
    this.#options.background.run('claim', () => this.#askUntilEmpty(place));
  }

  async #askUntilEmpty(place: Place): Promise<void> {
    const { waiter } = place;
    const isHere = (): boolean => !place.left && this.#places.get(waiter.mailboxes[0] ?? '')?.has(place) === true;
    try {
      for (let goOn = true; goOn && this.#open && isHere() && waiter.room > 0; ) {
        place.again = false;
        const { asked, given } = await this.#claim(waiter);
        if (given.length > 0) waiter.give(given);
        else waiter.empty();
        goOn = (asked > 0 && given.length >= asked) || place.again;
      }
    } catch (error) {
      if (waiter.failed(error) && isHere()) this.#rest(() => this.#ask(place));
    } finally {
      place.asking = false;
      if (place.again) this.#ask(place);
    }
  }

  async #claim(waiter: Waiter): Promise<{ readonly asked: number; readonly given: readonly Lease[] }> {
    const { shards, leases, background, giveBack } = this.#options;
    const askedAt = systemClock.monotonic();
    const { recipient, mailboxes, leaseMs, durable, waits } = waiter;
    const shard = shards.of(recipientOf(recipient).tenant);
    let asked = 0;
    const result = await shard.working.ask((into) => {
      // There may be more room by now than when this was begun.
      asked = Math.max(0, waiter.room);
      into.push('c', recipient, String(asked), String(Math.floor(leaseMs)), durable ? '' : '1', waits ? '1' : '');
      into.push(String(mailboxes.length), ...mailboxes);
    });
    const given = await leases.take(result, shard);
    if (given.length === 0 || this.#isFresh(askedAt)) return { asked, given };
    // This process stood still: others may have these leases by now.
    background.run('give back', () => giveBack(given));
    return { asked: 0, given: [] };
  }

  #isFresh(since: number): boolean {
    return systemClock.monotonic() - since < this.#options.silenceMs / 2;
  }

  /** Takes what was leased to whoever waited here, without having asked once more. */
  hand(mailbox: string, leases: readonly Lease[]): void {
    let left = leases;
    const [first] = leases;
    const holder = first && agentKey(holderOf(first.entry));
    for (const { waiter } of this.#places.get(mailbox) ?? []) {
      const mayTake = this.#open && !waiter.durable && waiter.recipient === holder;
      const taken = mayTake ? Math.min(left.length, Math.max(0, waiter.room)) : 0;
      if (taken > 0) waiter.give(left.slice(0, taken));
      left = left.slice(taken);
    }
    if (left.length > 0) this.#options.background.run('give back', () => this.#options.giveBack(left));
    // Whoever else waits here was not woken; whoever has room left is to be told of the next.
    this.wake(mailbox);
  }

  #rest(goOn: () => void): void {
    const timer = this.#options.timers.after(restMs, () => {
      this.#resting.delete(timer);
      goOn();
    });
    this.#resting.add(timer);
  }
}
