import { agentKey, type Clock, OperationError, rfc3339 } from '@charterbus/core-models';
import type { Broker } from '../broker/broker.js';
import { groupMailbox } from '../broker/mailbox-name.js';
import type { Pauses, TopicSet } from '../broker/pauses.js';
import { Turns } from '../turns.js';
import { SubjectTrie } from './subject-trie.js';
import { type PauseRecord, pauseKey, type TopicRecords } from './topic-records.js';

/** More than operators keep in mind. */
const mostPauses = 1000;

export interface PausingOptions {
  readonly records: TopicRecords;
  readonly broker: Broker;
  readonly clock: Clock;
}

const leafOf = (event: 'paused' | 'resumed', { kind, tenant, name }: PauseRecord, reason: string, at: number): string =>
  JSON.stringify({ at: rfc3339(at), event, kind: 'pause', name, reason, tenant, v: 1, what: kind });

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

export const pausesOf = (records: Iterable<PauseRecord>): Pauses => {
  const tenants = new Set<string>();
  const mailboxes = new Set<string>();
  const topics = new Map<string, PausedTopics>();
  for (const { kind, tenant, name } of records) {
    if (kind === 'tenant') tenants.add(tenant);
    else if (kind === 'agent') mailboxes.add(agentKey({ tenant, agent: name }));
    else if (kind === 'group') mailboxes.add(agentKey(groupMailbox(tenant, name)));
    else {
      const paused = topics.get(tenant) ?? new PausedTopics();
      topics.set(tenant, paused);
      paused.add(name);
    }
  }
  return { tenants, mailboxes, topics };
};

/** What operators have paused: kept by the records, held back by the broker. One change at a time. */
export class Pausing {
  readonly #records: TopicRecords;
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #pauses = new Map<string, PauseRecord>();
  readonly #turns = new Turns();

  constructor({ records, broker, clock }: PausingOptions) {
    this.#records = records;
    this.#broker = broker;
    this.#clock = clock;
  }

  /** Takes in what is kept; before the broker starts, so that nothing of it is leased. */
  async open(): Promise<void> {
    for (const pause of await this.#records.pauses()) this.#pauses.set(pauseKey(pause), pause);
    await this.#apply();
  }

  /** Oldest first. */
  get all(): readonly PauseRecord[] {
    return [...this.#pauses.values()].toSorted((left, right) => left.since - right.since);
  }

  /**
   * Resolves once it is committed and nothing more is leased. What is paused already is so for the new reason.
   *
   * @throws OperationError `PAUSE_LIMIT_REACHED`; StoreError.
   */
  pause(what: Pick<PauseRecord, 'kind' | 'tenant' | 'name'>, reason: string): Promise<PauseRecord> {
    return this.#turns.take(async () => {
      if (this.#pauses.size >= mostPauses && !this.#pauses.has(pauseKey(what))) {
        throw new OperationError('PAUSE_LIMIT_REACHED', `At most ${mostPauses} pauses can be in force.`);
      }
      const pause = { ...what, reason, since: this.#clock.now() };
      await this.#records.pause(pause, leafOf('paused', pause, reason, pause.since));
      await this.take(pause);
      return pause;
    });
  }

  /** Whether it was paused. Resolves once that is committed, and leases are given again. */
  resume(what: Pick<PauseRecord, 'kind' | 'tenant' | 'name'>, reason: string): Promise<boolean> {
    return this.#turns.take(async () => {
      const pause = this.#pauses.get(pauseKey(what));
      if (pause === undefined) return false;
      await this.#records.resume(pause, leafOf('resumed', pause, reason, this.#clock.now()));
      await this.drop(pause);
      return true;
    });
  }

  /** What is paused, here or by another process. */
  async take(pause: PauseRecord): Promise<void> {
    this.#pauses.set(pauseKey(pause), pause);
    await this.#apply();
  }

  /** What is paused no longer. */
  async drop(pause: PauseRecord): Promise<void> {
    this.#pauses.delete(pauseKey(pause));
    await this.#apply();
  }

  async #apply(): Promise<void> {
    await this.#broker.withhold(pausesOf(this.#pauses.values()));
  }
}
