import type { Journal } from '../broker/journal.js';
import {
  type PauseRecord,
  pauseKey,
  type SubscriptionRecord,
  subscriptionKey,
  type TopicRecords,
} from './topic-records.js';

/** Under what the leaf of a pause or of its end is found, in the place of a message's id. */
export const pauseLeafSubject = (pause: PauseRecord): string => `pause ${pauseKey(pause)}`;

/** Remembers subscriptions and pauses as long as the process lives. */
export class MemoryTopicRecords implements TopicRecords {
  readonly #journal: Pick<Journal, 'write'>;
  readonly #subscriptions = new Map<string, SubscriptionRecord>();
  readonly #pauses = new Map<string, PauseRecord>();

  constructor(journal: Pick<Journal, 'write'>) {
    this.#journal = journal;
  }

  subscriptions(): readonly SubscriptionRecord[] {
    return [...this.#subscriptions.values()];
  }

  subscribe(subscription: SubscriptionRecord): Promise<void> {
    this.#subscriptions.set(subscriptionKey(subscription), subscription);
    return Promise.resolve();
  }

  unsubscribe(subscriptions: readonly SubscriptionRecord[]): Promise<void> {
    for (const subscription of subscriptions) this.#subscriptions.delete(subscriptionKey(subscription));
    return Promise.resolve();
  }

  pauses(): readonly PauseRecord[] {
    return [...this.#pauses.values()];
  }

  async pause(pause: PauseRecord, leaf: string): Promise<void> {
    await this.#append(pause, leaf);
    this.#pauses.set(pauseKey(pause), pause);
  }

  async resume(pause: PauseRecord, leaf: string): Promise<void> {
    await this.#append(pause, leaf);
    this.#pauses.delete(pauseKey(pause));
  }

  async #append(pause: PauseRecord, text: string): Promise<void> {
    await this.#journal.write({ kind: 'leaf', subject: pauseLeafSubject(pause), text });
  }
}
