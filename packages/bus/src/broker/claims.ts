import { type AgentReference, agentKey, type Timers } from '@charterbus/core-models';
import type { ClaimRequest, Consumer, Consumption, Lease } from './broker.js';
import { type Granted, type LeaseBook, withWritten } from './leases.js';
import type { LiveEntry } from './live-entry.js';
import type { LiveState } from './live-state.js';
import type { Mailbox, Waiter } from './mailbox.js';
import type { Scheduler } from './scheduler.js';

export interface ClaimsOptions {
  readonly state: LiveState;
  readonly scheduler: Scheduler;
  readonly leases: LeaseBook;
  readonly timers: Timers;
}

type Boxes = readonly Mailbox<LiveEntry>[];

/** Gives leases to whoever asks for some, and to consumers as entries become ready. */
export class Claims {
  readonly #state: LiveState;
  readonly #scheduler: Scheduler;
  readonly #leases: LeaseBook;
  readonly #timers: Timers;

  constructor({ state, scheduler, leases, timers }: ClaimsOptions) {
    this.#state = state;
    this.#scheduler = scheduler;
    this.#leases = leases;
    this.#timers = timers;
  }

  async claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    if (request.mailboxes !== undefined) return this.#claimInTurns(request, request.mailboxes, signal);
    const mailbox = this.#state.mailbox(request.recipient);
    const take = () => this.#scheduler.take(mailbox, request);
    const immediate = take();
    const waits = immediate.length === 0 && request.waitMs > 0 && this.#scheduler.open;
    const granted = waits ? await mailbox.wait(take, request.waitMs, this.#timers, signal) : immediate;
    this.#state.release(mailbox);
    return this.#leases.confirm(granted);
  }

  consume(consumer: Consumer): Consumption {
    const { leaseMs, recipient } = consumer;
    const mailbox = this.#state.mailbox(consumer.mailbox ?? recipient);
    const holder = consumer.mailbox === undefined ? undefined : recipient;
    const place = mailbox.place(() => {
      const taken = this.#scheduler.take(mailbox, { max: consumer.room, leaseMs, durable: false, holder });
      for (const granted of taken) consumer.take(withWritten(granted));
      return consumer.room <= 0;
    });
    const end = (): void => {
      place[Symbol.dispose]();
      this.#state.release(mailbox);
    };
    place.wait();
    return { more: place.wait, [Symbol.dispose]: end };
  }

  async #claimInTurns(
    request: ClaimRequest,
    mailboxes: readonly AgentReference[],
    signal: AbortSignal,
  ): Promise<readonly Lease[]> {
    const { waitMs } = request;
    const boxes = mailboxes.map((mailbox) => this.#state.mailbox(mailbox));
    const take = () => this.#takeInTurns(boxes, request);
    const immediate = take();
    const waits = immediate.length === 0 && waitMs > 0 && this.#scheduler.open;
    const granted = waits ? await waitForAny(boxes, take, waitMs, this.#timers, signal) : immediate;
    for (const mailbox of boxes) this.#state.release(mailbox);
    return this.#leases.confirm(granted);
  }

  /** One from each in turn, so that a full mailbox does not hold up the others. */
  #takeInTurns(boxes: Boxes, { recipient, max, leaseMs, durable }: ClaimRequest): readonly Granted[] {
    const granted: Granted[] = [];
    let left = boxes;
    while (left.length > 0 && granted.length < max) {
      left = left.filter((mailbox) => {
        const holder = mailbox.key === agentKey(recipient) ? undefined : recipient;
        const taken = granted.length < max ? this.#scheduler.take(mailbox, { max: 1, leaseMs, durable, holder }) : [];
        granted.push(...taken);
        return taken.length > 0;
      });
    }
    return granted;
  }
}

/** Waits until something is found in one of them, the time is over, the signal aborts or nothing is given any more. */
const waitForAny = (
  boxes: Boxes,
  take: () => readonly Granted[],
  waitMs: number,
  timers: Timers,
  signal: AbortSignal,
): Promise<readonly Granted[]> => {
  const { promise, resolve } = Promise.withResolvers<readonly Granted[]>();
  const places: Disposable[] = [];
  const end = (): void => finish([]);
  const timer = Number.isFinite(waitMs) ? timers.after(waitMs, end) : undefined;
  const finish = (taken: readonly Granted[]): void => {
    for (const place of places) place[Symbol.dispose]();
    timer?.[Symbol.dispose]();
    signal.removeEventListener('abort', end);
    resolve(taken);
  };
  for (const mailbox of boxes) {
    const waiter: Waiter = {
      serve: () => {
        const taken = take();
        if (taken.length === 0 && !place.dismissed) return false;
        finish(taken);
        return true;
      },
    };
    const place = mailbox.enlist(waiter);
    places.push(place);
  }
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return promise;
};
