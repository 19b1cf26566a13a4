import { type Priority, priorities } from '@charterbus/core-models';
import { expect } from 'vitest';
import type { Lease } from '../../src/broker/broker.js';
import { deliveryId } from '../../src/broker/entry.js';
import type { BrokerBench } from '../../src/testing/bench.js';
import { proofOf, refusalOf } from '../../src/testing/bench.js';

type State = 'held' | 'queued' | 'leased' | 'delivered' | 'dead' | 'refused';

/** What should be true of one message, by the plain words of the documentation. */
export interface Expected {
  readonly id: string;
  readonly rank: number;
  readonly key: string | undefined;
  position: number;
  state: State;
  attempt: number;
  notBefore: number;
  leaseUntil: number;
  readonly holdUntil: number;
  readonly expiresAt: number;
  /** The newest lease; older ones must be refused. */
  lease: Lease | undefined;
  readonly lost: Lease[];
  leaves: number;
}

export const maxAttempts = 3;
/** Short, so that what waits overtakes what is urgent within a run. */
export const agingMs = 300;
const ticks = 1024;
const turn = ({ rank, position }: Expected): number => position - rank * agingMs * ticks;
/** Those of one moment come in the order of their sending. */
const byPlace = (left: Expected, right: Expected): number =>
  left.position - right.position || (left.id < right.id ? -1 : 1);

/** The plain model: a list, and time. It knows nothing of heaps, deadlines or commits. */
export class BrokerModel {
  readonly messages: Expected[] = [];
  now: number;
  #position = 0;

  constructor(now: number) {
    this.now = now;
  }

  add(
    id: string,
    {
      priority,
      key,
      ...times
    }: Pick<Expected, 'holdUntil' | 'expiresAt' | 'notBefore' | 'key'> & { readonly priority: Priority },
  ): void {
    this.messages.push({
      id,
      key,
      rank: priorities.indexOf(priority),
      position: this.nextPosition(times.notBefore),
      state: times.holdUntil === 0 ? 'queued' : 'held',
      attempt: 0,
      leaseUntil: 0,
      ...times,
      lease: undefined,
      lost: [],
      leaves: 1,
    });
  }

  /** What may be claimed now, in the order in which it must come. */
  ready(): readonly Expected[] {
    return this.messages
      .filter((message) => message.state === 'queued' && message.notBefore <= this.now && this.#itsTurn(message))
      .toSorted((left, right) => turn(left) - turn(right) || byPlace(left, right));
  }

  /** Nothing of its key is leased, or queued before it. */
  #itsTurn(message: Expected): boolean {
    const before = (other: Expected): boolean =>
      other.key === message.key &&
      (other.state === 'leased' || (other.state === 'queued' && byPlace(other, message) < 0));
    return message.key === undefined || !this.messages.some((other) => other !== message && before(other));
  }

  /** What is put off has its place among those that come at its moment. */
  nextPosition(notBefore: number): number {
    this.#position = Math.max(this.#position + 1, this.now * ticks);
    return Math.max(this.#position, notBefore * ticks);
  }

  /** Ends an attempt that did not succeed. */
  retry(message: Expected, notBefore: number): void {
    if (message.lease !== undefined) message.lost.push(message.lease);
    message.lease = undefined;
    message.leaves += 1;
    const over = this.expired(message) || message.attempt >= maxAttempts;
    message.state = over ? 'dead' : 'queued';
    message.notBefore = notBefore;
  }

  expired({ expiresAt }: Expected): boolean {
    return expiresAt !== 0 && expiresAt <= this.now;
  }

  /** Moves to a moment at which something falls due, in the order of time. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.now = Math.max(this.now, next);
      for (const message of this.messages) this.#fallDue(message);
    }
    this.now = end;
    for (const message of this.messages) this.#fallDue(message);
  }

  #dueAt({ state, leaseUntil, holdUntil, expiresAt }: Expected): number {
    const expiry = expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt;
    if (state === 'leased') return leaseUntil;
    if (state === 'held') return Math.min(holdUntil, expiry);
    return state === 'queued' ? expiry : Number.POSITIVE_INFINITY;
  }

  #nextDue(end: number): number | undefined {
    const next = Math.min(...this.messages.map((message) => this.#dueAt(message)));
    return next <= end ? next : undefined;
  }

  #fallDue(message: Expected): void {
    if (this.#dueAt(message) > this.now) return;
    if (message.state === 'leased') this.retry(message, this.now);
    else {
      message.leaves += 1;
      message.state = message.state === 'held' ? 'refused' : 'dead';
    }
  }
}

export interface Real {
  readonly bench: BrokerBench;
}

/** The broker says of every message what the model says. */
export const compare = async (model: BrokerModel, { bench }: Real): Promise<void> => {
  const { reader } = bench.broker;
  for (const message of model.messages) {
    const [entry] = await reader.entries(message.id);
    expect({
      id: message.id,
      state: entry?.state,
      attempt: entry?.attempt,
      leaves: (await reader.leaves(message.id)).length,
    }).toEqual({
      id: message.id,
      state: message.state,
      attempt: message.attempt,
      leaves: message.leaves,
    });
  }
};

/** No lease that was lost settles anything. */
export const tryLostLeases = async (model: BrokerModel, { bench }: Real): Promise<void> => {
  for (const lease of model.messages.flatMap(({ lost }) => lost.slice(-1))) {
    expect(await refusalOf(bench.broker.settle(proofOf(lease), { kind: 'reject', reason: 'late' }))).toMatch(
      /^LEASE_LOST/,
    );
    expect(deliveryId(lease.entry)).toBe(lease.deliveryId);
  }
};
