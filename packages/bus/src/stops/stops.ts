import { agentKey, CharterbusError, type Clock, OperationError, rfc3339 } from '@charterbus/core-models';
import type { Broker } from '../broker/broker.js';
import { groupMailbox } from '../broker/mailbox-name.js';
import type { Pauses, TopicSet } from '../broker/pauses.js';
import { SubjectTrie } from '../topics/subject-trie.js';
import { isHalt, type StopRecord, stopKey, type TopicRecords } from '../topics/topic-records.js';
import { Turns } from '../turns.js';
import { Halts } from './halts.js';

/** More than operators keep in mind. */
const mostStops = 1000;

export interface StopsOptions {
  readonly records: TopicRecords;
  readonly broker: Broker;
  readonly clock: Clock;
}

/** What is stopped, without why and since when. */
export type StopTarget = Pick<StopRecord, 'kind' | 'tenant' | 'name'>;

const events = {
  pause: { kind: 'pause', begins: 'paused', ends: 'resumed' },
  halt: { kind: 'halt', begins: 'halted', ends: 'lifted' },
} as const;

const eventsOf = (target: StopTarget) => (isHalt(target) ? events.halt : events.pause);

/** What the audit log says of it: canonical JSON, as all leaves. */
const leafOf = (which: 'begins' | 'ends', target: StopTarget, reason: string, at: number): string => {
  const { kind, [which]: event } = eventsOf(target);
  const { tenant, name } = target;
  return JSON.stringify({ at: rfc3339(at), event, kind, name, reason, tenant, v: 1, what: target.kind });
};

class PausedTopics implements TopicSet {
  readonly patterns: string[] = [];
  readonly #trie = new SubjectTrie<string>();

  add(pattern: string): void {
    this.patterns.push(pattern);
    this.#trie.add(pattern, pattern);
  }

  covers(topic: string): boolean {
    return this.#trie.covers(topic);
  }
}

/** Of what nothing is to be leased while all of this is stopped. */
export const pausesOf = (records: Iterable<StopRecord>): Pauses => {
  const all = [...records];
  const halts = new Halts(all);
  const tenants = new Set(halts.tenants);
  const mailboxes = new Set(halts.senders);
  const topics = new Map<string, PausedTopics>();
  for (const { kind, tenant, name } of all) {
    if (kind === 'tenant') tenants.add(tenant);
    else if (kind === 'agent') mailboxes.add(agentKey({ tenant, agent: name }));
    else if (kind === 'group') mailboxes.add(agentKey(groupMailbox(tenant, name)));
    else if (kind === 'topic') {
      const paused = topics.get(tenant) ?? new PausedTopics();
      topics.set(tenant, paused);
      paused.add(name);
    }
  }
  const { everything } = halts;
  return { everything, tenants, mailboxes, topics, ...(halts.marks ? { messages: halts } : {}) };
};

/**
 * What operators have stopped: kept by the records, held back by the broker, one change at a time. A pause holds back what
 * is given; a halt (the kill switch) stops besides what is sent, settled and in hand.
 */
export class Stops {
  readonly #records: TopicRecords;
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #stopped = new Map<string, StopRecord>();
  readonly #turns = new Turns();
  readonly #listeners = new Set<() => unknown>();
  #halts = Halts.none;

  constructor({ records, broker, clock }: StopsOptions) {
    this.#records = records;
    this.#broker = broker;
    this.#clock = clock;
  }

  /** Takes in what is kept; before the broker starts, so that nothing of it is leased. */
  async open(): Promise<void> {
    for (const record of await this.#records.pauses()) this.#stopped.set(stopKey(record), record);
    await this.#apply();
  }

  /** What the kill switch stops now. */
  get halts(): Halts {
    return this.#halts;
  }

  /** Oldest first. */
  get all(): readonly StopRecord[] {
    return [...this.#stopped.values()].toSorted((left, right) => left.since - right.since);
  }

  /** Whether it is stopped in this process. */
  isStopped(target: StopTarget): boolean {
    return this.#stopped.has(stopKey(target));
  }

  /** Told when halts have changed, and nothing more is leased of what they stop. */
  watch(listener: () => unknown): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Resolves once it is committed and nothing more of it is leased. What is stopped already is so for the new reason.
   *
   * A halt is in force in this process from the call on, also where it cannot be kept: then it rejects, and the halt lasts
   * until it is lifted or the process ends.
   *
   * @throws OperationError `PAUSE_LIMIT_REACHED` or `HALT_LIMIT_REACHED`; StoreError.
   */
  async stop(target: StopTarget, reason: string): Promise<StopRecord> {
    const record = { ...target, reason, since: this.#clock.now() };
    if (isHalt(target)) {
      this.#checkLimit(target);
      this.#stopped.set(stopKey(record), record);
      this.#halts = new Halts(this.#stopped.values());
    }
    return this.#turns.take(async () => {
      this.#checkLimit(target);
      const failure = await this.#keep(record);
      if (failure !== undefined && !isHalt(record)) throw failure;
      await this.take(record);
      if (failure !== undefined) throw failure;
      return record;
    });
  }

  /** Whether it was stopped. Resolves once its end is committed, and leases are given again. */
  resume(target: StopTarget, reason: string): Promise<boolean> {
    return this.#turns.take(async () => {
      const record = this.#stopped.get(stopKey(target));
      if (record === undefined) return false;
      await this.#records.resume(record, leafOf('ends', record, reason, this.#clock.now()));
      await this.drop(record);
      return true;
    });
  }

  /** What is stopped, here or by another process. */
  async take(record: StopRecord): Promise<void> {
    this.#stopped.set(stopKey(record), record);
    await this.#apply();
  }

  /** What is stopped no longer. */
  async drop(record: StopRecord): Promise<void> {
    this.#stopped.delete(stopKey(record));
    await this.#apply();
  }

  async #keep(record: StopRecord): Promise<CharterbusError | undefined> {
    try {
      await this.#records.pause(record, leafOf('begins', record, record.reason, record.since));
      return undefined;
    } catch (error) {
      if (CharterbusError.isInstance(error)) return error;
      throw error;
    }
  }

  #checkLimit(target: StopTarget): void {
    if (this.#stopped.size < mostStops || this.#stopped.has(stopKey(target))) return;
    throw isHalt(target)
      ? new OperationError('HALT_LIMIT_REACHED', `At most ${mostStops} pauses and halts can be in force.`)
      : new OperationError('PAUSE_LIMIT_REACHED', `At most ${mostStops} pauses and halts can be in force.`);
  }

  async #apply(): Promise<void> {
    const before = this.#halts;
    // At once: what is sent or settled in this turn is stopped.
    this.#halts = new Halts(this.#stopped.values());
    await this.#broker.withhold(pausesOf(this.#stopped.values()));
    if (before.isEmpty && this.#halts.isEmpty) return;
    for (const listener of this.#listeners) listener();
  }
}
