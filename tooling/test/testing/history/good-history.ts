import type { FoundDelivery, HistoryEvent, Leased } from '../../../testing/history/events.js';

const leaseMs = 1000;
const recipient = 'worker';

interface Entry {
  readonly message: string;
  readonly send: string;
  readonly leaf: number;
  readonly orderingKey: string | undefined;
  state: 'queued' | 'leased' | 'delivered' | 'dead';
  attempts: number;
  lease: Leased | undefined;
}

/** Distributes over the members of what is still there. */
type Body<Event> = Event extends unknown ? Omit<Event, 'by' | 'from' | 'at'> : never;

/** A bus that does everything right, one thing after the other, and whose every step is chosen from outside. */
export class GoodHistory {
  readonly #events: HistoryEvent[] = [];
  readonly #entries: Entry[] = [];
  #now = 0;
  #token = 0;
  #leaves = 0;

  /** Takes one step: which one, and at whom, follow from the two numbers. */
  step(what: number, whom: number): void {
    const steps = [
      () => this.#send(whom),
      () => this.#lease(whom),
      () => this.#lease(whom),
      () => this.#settle(whom, 'ack'),
      () => this.#settle(whom, 'nack'),
      () => this.#settle(whom, 'reject'),
      () => this.#outlive(whom),
      () => this.#kill(whom),
    ];
    steps[what % steps.length]?.();
  }

  /** All of it, with a look at the end. */
  end(): readonly HistoryEvent[] {
    for (const { message, send, leaf, orderingKey, state, attempts } of this.#entries) {
      const reason = state === 'dead' ? { reason: 'REJECTED' } : {};
      const deliveries: readonly FoundDelivery[] = [{ id: `${message}.0`, recipient, state, attempts, ...reason }];
      const key = orderingKey === undefined ? {} : { orderingKey };
      this.#note('judge', { kind: 'found', message, send, leaf, ...key, deliveries });
    }
    this.#note('judge', { kind: 'log', leaves: this.#leaves, gaps: [] });
    return this.#events;
  }

  #note(by: string, body: Body<HistoryEvent>): void {
    this.#now += 2;
    this.#events.push({ by, from: this.#now - 1, at: this.#now, ...body } as HistoryEvent);
  }

  #send(whom: number): void {
    const send = `send-${this.#entries.length}`;
    const message = `message-${this.#entries.length}`;
    const leaf = this.#leaves++;
    const orderingKey = ['a', 'b', undefined][whom % 3];
    this.#entries.push({ message, send, leaf, orderingKey, state: 'queued', attempts: 0, lease: undefined });
    this.#note('sender', { kind: 'sending', send });
    if (whom % 5 === 0) return;
    const durability = 'fsync';
    this.#note('sender', { kind: 'receipt', send, message, leaf, duplicate: false, durability });
    if (whom % 4 === 0) this.#note('sender', { kind: 'receipt', send, message, leaf, duplicate: true, durability });
  }

  #lease(whom: number): void {
    const waiting = this.#entries.filter((entry) => entry.state === 'queued' && this.#isFirst(entry));
    const entry = waiting[whom % Math.max(1, waiting.length)];
    if (entry === undefined) return;
    entry.state = 'leased';
    entry.attempts += 1;
    this.#token += 1;
    const { message } = entry;
    const lease = { delivery: `${message}.0`, message, token: this.#token, attempt: entry.attempts, leaseMs } as const;
    this.#note(`consumer-${whom % 3}`, { kind: 'leased', ...lease, local: whom % 2 === 0, wall: this.#now });
    entry.lease = this.#events.at(-1) as Leased;
  }

  #isFirst({ orderingKey, leaf }: Entry): boolean {
    if (orderingKey === undefined) return true;
    const unfinished = this.#entries.filter((other) => other.state !== 'delivered' && other.state !== 'dead');
    return !unfinished.some((other) => other.orderingKey === orderingKey && other.leaf < leaf);
  }

  #leased(whom: number): readonly [Entry, Leased] | undefined {
    const leased = this.#entries.filter(({ lease }) => lease !== undefined);
    const entry = leased[whom % Math.max(1, leased.length)];
    return entry?.lease === undefined ? undefined : [entry, entry.lease];
  }

  #settle(whom: number, outcome: 'ack' | 'nack' | 'reject'): void {
    const [entry, lease] = this.#leased(whom) ?? [];
    if (entry === undefined || lease === undefined) return;
    const { delivery, token, by } = lease;
    this.#note(by, { kind: 'settling', delivery, token, outcome });
    if (whom % 4 > 0) this.#note(by, { kind: 'settled', delivery, token, outcome });
    entry.state = ({ ack: 'delivered', nack: 'queued', reject: 'dead' } as const)[outcome];
    entry.lease = undefined;
    this.#leaves += 1;
  }

  /** A lease ends, and its holder comes too late. */
  #outlive(whom: number): void {
    const [entry, lease] = this.#leased(whom) ?? [];
    if (entry === undefined || lease === undefined) return;
    this.#now = Math.max(this.#now, lease.at + leaseMs);
    entry.state = 'queued';
    entry.lease = undefined;
    const { delivery, token, by } = lease;
    this.#lease(whom);
    this.#note(by, { kind: 'settling', delivery, token, outcome: 'ack' });
    this.#note(by, { kind: 'settlement-refused', delivery, token, code: 'LEASE_LOST' });
  }

  #kill(whom: number): void {
    const [, lease] = this.#leased(whom) ?? [];
    if (lease === undefined) return;
    this.#note('owner', { kind: 'ended', process: lease.by });
    for (const entry of this.#entries) {
      if (entry.lease?.by !== lease.by || !entry.lease.local) continue;
      entry.state = 'queued';
      entry.lease = undefined;
    }
  }
}
