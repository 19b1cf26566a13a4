import type { Clock } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { Registry } from '@charterbus/registry';
import type { Broker } from '../broker/broker.js';
import type { Membership } from '../membership/membership.js';
import { Stops } from '../stops/stops.js';
import { followRecords } from './follow-records.js';
import { Subscriptions } from './subscriptions.js';
import type { TopicRecords } from './topic-records.js';

export interface TopicsOptions {
  readonly records: TopicRecords;
  readonly broker: Broker;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly background: Background;
  readonly membership: Membership;
}

/** Who is subscribed to what, in which queue groups, and what is paused. */
export class Topics implements Disposable {
  readonly subscriptions: Subscriptions;
  readonly stops: Stops;
  readonly #records: TopicRecords;
  readonly #background: Background;
  #followed: Disposable | undefined;

  constructor(options: TopicsOptions) {
    this.subscriptions = new Subscriptions(options);
    this.stops = new Stops(options);
    this.#records = options.records;
    this.#background = options.background;
  }

  /** Takes in what is kept; before the broker starts. */
  async open(): Promise<void> {
    await this.subscriptions.open();
    await this.stops.open();
    this.#followed = followRecords(this.#records, this, this.#background);
  }

  /** Puts a leaf of what is kept elsewhere into the audit log. @param subject under which it is found. */
  note(subject: string, leaf: string): Promise<void> {
    return this.#records.note(subject, leaf);
  }

  [Symbol.dispose](): void {
    this.#followed?.[Symbol.dispose]();
  }
}
