import type { Namespace, Row, SqlValue, Store, Write } from '@charterbus/store';
import { stopLeafSubject } from './memory-topic-records.js';
import type { StopKind, StopRecord, SubscriptionRecord, TopicRecords } from './topic-records.js';

const version1 = `
  CREATE TABLE topics_subscriptions (
    tenant TEXT NOT NULL,
    agent TEXT NOT NULL,
    pattern TEXT NOT NULL,
    queue_group TEXT NOT NULL,
    revision TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (tenant, agent, pattern, queue_group)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE topics_pauses (
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (kind, tenant, name)
  ) STRICT, WITHOUT ROWID;`;

/** The tables of subscriptions and pauses. */
export const topicsNamespace: Namespace = Object.freeze({
  name: 'topics',
  migrations: [version1],
  writes: {
    subscribe: `INSERT OR REPLACE INTO topics_subscriptions (tenant, agent, pattern, queue_group, revision, since)
      VALUES (?, ?, ?, ?, ?, ?)`,
    unsubscribe: `DELETE FROM topics_subscriptions
      WHERE tenant = ? AND agent = ? AND pattern = ? AND queue_group = ? AND revision = ?`,
    pause: 'INSERT OR REPLACE INTO topics_pauses (kind, tenant, name, reason, since) VALUES (?, ?, ?, ?, ?)',
    resume: 'DELETE FROM topics_pauses WHERE kind = ? AND tenant = ? AND name = ?',
  },
  reads: {
    subscriptions: 'SELECT * FROM topics_subscriptions ORDER BY tenant, agent, pattern, queue_group',
    pauses: 'SELECT * FROM topics_pauses ORDER BY kind, tenant, name',
  },
});

const write = (statement: string, values: readonly SqlValue[]): Write => ({ namespace: 'topics', statement, values });

const leafWrite = (subject: string, leaf: string): Write => ({
  namespace: 'bus',
  statement: 'leaf',
  values: [subject, leaf],
});

const subscriptionFromRow = (row: Row): SubscriptionRecord => {
  const group = String(row['queue_group']);
  return {
    tenant: String(row['tenant']),
    agent: String(row['agent']),
    revision: String(row['revision']),
    pattern: String(row['pattern']),
    ...(group === '' ? {} : { group }),
    since: Number(row['since']),
  };
};

const pauseFromRow = (row: Row): StopRecord => ({
  kind: String(row['kind']) as StopKind,
  tenant: String(row['tenant']),
  name: String(row['name']),
  reason: String(row['reason']),
  since: Number(row['since']),
});

/** Remembers subscriptions and pauses in the shared store. */
export class SqliteTopicRecords implements TopicRecords {
  readonly #store: Store;

  /** The store must have been opened with `topicsNamespace` and `busNamespace`. */
  constructor(store: Store) {
    this.#store = store;
  }

  subscriptions(): readonly SubscriptionRecord[] {
    return this.#store.read('topics', 'subscriptions', []).map(subscriptionFromRow);
  }

  async subscribe({ tenant, agent, pattern, group = '', revision, since }: SubscriptionRecord): Promise<void> {
    await this.#store.commit([write('subscribe', [tenant, agent, pattern, group, revision, since])]);
  }

  async unsubscribe(subscriptions: readonly SubscriptionRecord[]): Promise<void> {
    if (subscriptions.length === 0) return;
    await this.#store.commit(
      subscriptions.map(({ tenant, agent, pattern, group = '', revision }) =>
        write('unsubscribe', [tenant, agent, pattern, group, revision]),
      ),
    );
  }

  pauses(): readonly StopRecord[] {
    return this.#store.read('topics', 'pauses', []).map(pauseFromRow);
  }

  async pause(pause: StopRecord, leaf: string): Promise<void> {
    const { kind, tenant, name, reason, since } = pause;
    const written = write('pause', [kind, tenant, name, reason, since]);
    await this.#store.commit([written, leafWrite(stopLeafSubject(pause), leaf)]);
  }

  async resume(pause: StopRecord, leaf: string): Promise<void> {
    const { kind, tenant, name } = pause;
    await this.#store.commit([write('resume', [kind, tenant, name]), leafWrite(stopLeafSubject(pause), leaf)]);
  }

  async note(subject: string, leaf: string): Promise<void> {
    await this.#store.commit([leafWrite(subject, leaf)]);
  }
}
