import { agentKey, type Clock, type RandomSource, StoreError, type Timers } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { ClaimRequest, Interceptor } from './broker.js';
import { Deadlines } from './deadlines.js';
import type { DeliveryOptions } from './delivery-options.js';
import { damageCode, type Entry } from './entry.js';
import { endOfHold } from './holds.js';
import type { Grant, Granted, LeaseBook } from './leases.js';
import { ended, type LiveEntry } from './live-entry.js';
import type { Mailbox } from './mailbox.js';
import { damagedTransition, expiredTransition, outcomeTransition } from './outcomes.js';
import { type Pauses, withholds, withholdsMailbox } from './pauses.js';
import type { Transitions } from './transitions.js';

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly delivery: DeliveryOptions;
  readonly background: Background;
  readonly transitions: Transitions;
  readonly leases: LeaseBook;
}

/** How long an entry is left alone after the store failed it, in milliseconds: a full disk needs no storm of tries. */
export const restMs = 1000;

/** Whoever is behind another one of its ordering key is woken by that one's end, not by time. */
const whenTheFirstEnds = Number.POSITIVE_INFINITY;

/** How many leases are taken, and of what kind. */
export type Taking = Pick<ClaimRequest, 'max'> & Grant;

interface Entering {
  /** How long to leave the entry alone at least. */
  readonly leastDelayMs?: number;
  /** How long to leave it alone at most, by whatever clock its moments were written. */
  readonly mostDelayMs?: number;
  /** Its time has passed by the clock that nobody sets: what the clock on the wall shows does not put it off again. */
  readonly due?: boolean;
}

const atOnce: Entering = Object.freeze({});

/** The wall-clock moment at which something is to be done about an entry unless something happens before. */
const nextMoment = ({ state, leaseUntil, holdUntil, expiresAt }: Entry, offerAt: number): number => {
  const expiry = expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt;
  switch (state) {
    case 'held':
      return Math.min(holdUntil, expiry);
    case 'leased':
      return leaseUntil;
    case 'queued':
      return Math.min(offerAt, expiry);
    default:
      return Number.POSITIVE_INFINITY;
  }
};

/** What is intercepted settles within the same turn or so. */
const interceptedLeaseMs = 30_000;

/** Puts every entry where its state says it belongs: into its queue, into a lease, or to sleep until its next moment. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #deadlines: Deadlines<LiveEntry>;
  #interceptor: Interceptor | undefined;
  #open = false;
  /** Absent while nothing is paused. */
  #pauses: Pauses | undefined;
  /** What would be ready and is paused. */
  readonly #withheld = new Set<LiveEntry>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { clock, timers, background } = options;
    this.#deadlines = new Deadlines(clock, timers, (live) => background.run('deadline', () => this.wake(live)));
  }

  get open(): boolean {
    return this.#open;
  }

  intercept(interceptor: Interceptor): void {
    this.#interceptor = interceptor;
  }

  start(mailboxes: Iterable<Mailbox<LiveEntry>>): void {
    this.#open = true;
    for (const mailbox of mailboxes) mailbox.serve();
  }

  /** Gives no more leases; what sleeps goes on being woken. */
  pause(mailboxes: Iterable<Mailbox<LiveEntry>>): void {
    this.#open = false;
    for (const mailbox of mailboxes) mailbox.dismiss();
  }

  /** Leases nothing of these; what others held back is offered again. */
  withhold(pauses: Pauses | undefined, mailboxes: Iterable<Mailbox<LiveEntry>>): void {
    this.#pauses = pauses;
    const again = [...this.#withheld];
    this.#withheld.clear();
    // One whose change is under way enters by itself when that is done.
    for (const live of again) if (live.pending === undefined) this.enter(live, { due: true });
    for (const mailbox of mailboxes) mailbox.serve();
  }

  close(): void {
    this.#deadlines[Symbol.dispose]();
  }

  enter(live: LiveEntry, entering: Entering = atOnce): void {
    if (this.#withheld.size > 0) this.#withheld.delete(live);
    if (live.final) this.#leave(live);
    else this.#enter(live, entering);
  }

  /** It waits for nothing any more. */
  #leave(live: LiveEntry): void {
    if (live.entry.orderingKey !== undefined) this.#inOrder(live);
    this.#deadlines.clear(live);
  }

  #enter(live: LiveEntry, entering: Entering): void {
    const { leastDelayMs = 0, mostDelayMs = Number.POSITIVE_INFINITY, due = false } = entering;
    const { state, notBefore } = live.entry;
    const now = this.#options.clock.now();
    const dueAt = due ? now : Math.min(notBefore, now + mostDelayMs);
    const offerAt = this.#inOrder(live) ? Math.max(dueAt, now + leastDelayMs) : whenTheFirstEnds;
    const ready = state === 'queued' && offerAt <= now;
    const next = nextMoment(live.entry, ready ? Number.POSITIVE_INFINITY : offerAt);
    if (ready) this.#offer(live);
    // Offering may have leased the entry to a waiting claim, which has set the lease's deadline.
    if (live.entry.state !== state) return;
    if (Number.isFinite(next)) this.#deadlines.set(live, Math.max(Math.min(next - now, mostDelayMs), leastDelayMs));
    else this.#deadlines.clear(live);
  }

  /** Whether no earlier message of its ordering key is before it. Where it has left its lane, the next one enters. */
  #inOrder(live: LiveEntry): boolean {
    const { orderingKey } = live.entry;
    if (orderingKey === undefined) return true;
    const { first, next } = live.mailbox.order(live, orderingKey);
    // One whose change is under way has its place until that is committed; it enters by itself then.
    if (next !== undefined && next.pending === undefined) this.enter(next);
    return first;
  }

  /** Leases what is ready, most urgent first, up to `max`. */
  take(mailbox: Mailbox<LiveEntry>, request: Taking): readonly Granted[] {
    const { clock, background } = this.#options;
    const granted: Granted[] = [];
    const pauses = this.#pauses;
    if (pauses !== undefined && withholdsMailbox(pauses, mailbox.tenant.name, mailbox.key)) return granted;
    const holder = request.holder && agentKey(request.holder);
    while (this.#open && granted.length < request.max) {
      const live = mailbox.pop(holder);
      if (live === undefined) break;
      if (pauses !== undefined && this.#withholds(pauses, live)) {
        this.#withheld.add(live);
        continue;
      }
      const { expiresAt } = live.entry;
      if (expiresAt !== 0 && expiresAt <= clock.now()) {
        background.run('expiry', () => this.wake(live));
        continue;
      }
      const given = this.#lease(live, request);
      if (given !== undefined) granted.push(given);
    }
    return granted;
  }

  /** What falls due: a lease, a hold, a message's own expiry, or the end of a backoff. */
  async wake(live: LiveEntry): Promise<void> {
    // What is looked at below and what is begun happen in one turn: nobody else can begin between them.
    while (live.pending !== undefined) await ended(live.pending);
    const { clock, random, delivery, transitions } = this.#options;
    const { entry } = live;
    const now = clock.now();
    if (entry.state === 'leased') {
      await transitions.begin(live, outcomeTransition(entry, { kind: 'lapsed' }, { now: () => now, random, delivery }));
    } else if (entry.state === 'held') {
      await transitions.begin(live, endOfHold(entry));
    } else if (entry.state === 'queued' && entry.expiresAt !== 0 && entry.expiresAt <= now) {
      await transitions.begin(live, expiredTransition(entry));
    } else if (entry.state === 'queued') {
      this.enter(live, { due: true });
    }
  }

  /** Leases an entry, unless its message cannot be read: then others come first. */
  #lease(live: LiveEntry, options: Omit<Taking, 'max'>): Granted | undefined {
    try {
      const granted = this.#options.leases.grant(live, options);
      this.enter(live);
      return granted;
    } catch (error) {
      this.#setAside(live, error);
      return undefined;
    }
  }

  /** A damaged message becomes a dead letter; what could not be read for another reason may be readable later. */
  #setAside(live: LiveEntry, error: unknown): void {
    const { background, transitions } = this.#options;
    background.report('lease', error);
    if (StoreError.isInstance(error) && error.code === damageCode) {
      background.run('damage', () => transitions.begin(live, damagedTransition(live.entry)));
    } else this.enter(live, { leastDelayMs: restMs });
  }

  #offer(live: LiveEntry): void {
    const interceptor = this.#interceptor;
    if (this.#pauses !== undefined && this.#withholds(this.#pauses, live)) {
      const { key, tenant } = live.mailbox;
      // What nobody else waits for stands in its queue, which gives nothing as a whole, and may be let go of there.
      if (interceptor?.waits !== true && withholdsMailbox(this.#pauses, tenant.name, key)) live.mailbox.push(live);
      else this.#withheld.add(live);
      return;
    }
    if (interceptor?.waits !== true || !this.#wanted(live, interceptor)) {
      live.mailbox.push(live);
      return;
    }
    const granted = this.#lease(live, { leaseMs: interceptedLeaseMs, durable: false });
    if (granted === undefined) return;
    this.#options.background.track('grant', granted.committed);
    interceptor.take(granted.lease);
  }

  #withholds(pauses: Pauses, { entry }: LiveEntry): boolean {
    if (withholds(pauses, entry)) return true;
    if (pauses.messages === undefined) return false;
    try {
      return pauses.messages.covers(this.#options.leases.envelope(entry).message, entry.recipient.tenant);
    } catch {
      // It cannot be read; whoever leases it finds that out, and sets it aside.
      return false;
    }
  }

  #wanted(live: LiveEntry, interceptor: Interceptor): boolean {
    if (!this.#open || live.pending !== undefined) return false;
    try {
      const envelope = this.#options.leases.envelope(live.entry);
      return interceptor.wants(live.entry, envelope.message);
    } catch {
      // It cannot be read; whoever claims it finds that out, and sets it aside.
      return false;
    }
  }
}
