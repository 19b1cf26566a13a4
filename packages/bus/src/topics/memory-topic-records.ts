import type { Journal } from '../broker/journal.js';
import {
  isHalt,
  type StopRecord,
  type SubscriptionRecord,
  stopKey,
  subscriptionKey,
  type TopicRecords,
} from './topic-records.js';

/** Under what the leaf of a pause or of its end is found, in the place of a message's id. */
export const stopLeafSubject = (pause: StopRecord): string => `${isHalt(pause) ? 'halt' : 'pause'} ${stopKey(pause)}`;

/** Remembers subscriptions and pauses as long as the process lives. */
export class MemoryTopicRecords implements TopicRecords {
  readonly #journal: Pick<Journal, 'write'>;
  readonly #subscriptions = new Map<string, SubscriptionRecord>();
  readonly #pauses = new Map<string, StopRecord>();

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

  pauses(): readonly StopRecord[] {
    return [...this.#pauses.values()];
  }

  async pause(pause: StopRecord, leaf: string): Promise<void> {
    await this.note(stopLeafSubject(pause), leaf);
    this.#pauses.set(stopKey(pause), pause);
  }

  async resume(pause: StopRecord, leaf: string): Promise<void> {
    await this.note(stopLeafSubject(pause), leaf);
    this.#pauses.delete(stopKey(pause));
  }

  async note(subject: string, text: string): Promise<void> {
    await this.#journal.write({ kind: 'leaf', subject, text });
  }
}
