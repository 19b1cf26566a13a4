import type { Clock, Timers } from '@charterbus/core-models';
import type { Registry } from '@charterbus/registry';
import type { Background } from '../background.js';
import type { Broker } from '../broker/broker.js';
import { Stops } from '../stops/stops.js';
import { followRecords } from './follow-records.js';
import { Groups } from './groups.js';
import { Subscriptions } from './subscriptions.js';
import type { TopicRecords } from './topic-records.js';

export interface TopicsOptions {
  readonly records: TopicRecords;
  readonly broker: Broker;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly background: Background;
  readonly emptyGroupMs: number;
}

/** Who is subscribed to what, in which queue groups, and what is paused. */
export class Topics implements Disposable {
  readonly subscriptions: Subscriptions;
  readonly groups: Groups;
  readonly stops: Stops;
  readonly #records: TopicRecords;
  readonly #background: Background;
  #followed: Disposable | undefined;

  constructor(options: TopicsOptions) {
    this.subscriptions = new Subscriptions(options);
    this.groups = new Groups({ ...options, subscriptions: this.subscriptions });
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

  /** When the broker has started. */
  start(): Promise<void> {
    return this.groups.start();
  }

  [Symbol.dispose](): void {
    this.#followed?.[Symbol.dispose]();
    this.groups[Symbol.dispose]();
  }
}
