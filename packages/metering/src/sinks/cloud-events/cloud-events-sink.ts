import type { UsageEntry } from '../../ledger/usage-ledger.js';
import { eventsOf } from '../../usage/usage-events.js';
import type { UsageRecord } from '../../usage/usage-record.js';
import type { UsageSink } from '../usage-sink.js';
import { type CloudEvent, cloudEventOf } from './cloud-event.js';
import {
  type CloudEventsOptions,
  type CloudEventsSettings,
  cloudEventsSettings,
  type ParkedEvents,
} from './options.js';
import { postEvents } from './post.js';

/** Events that were refused for good. */
export interface ParkedCounts {
  readonly batches: number;
  readonly events: number;
  /** The latest of them. */
  readonly latest: readonly ParkedEvents[];
}

export interface CloudEventsSink extends UsageSink {
  readonly parked: ParkedCounts;
}

const latestKept = 100;

class HttpSink implements CloudEventsSink {
  readonly name: string;
  readonly position = 'ledger';
  readonly #settings: CloudEventsSettings;
  readonly #closing = new AbortController();
  #parked: ParkedCounts = { batches: 0, events: 0, latest: [] };

  constructor(settings: CloudEventsSettings) {
    this.name = settings.name;
    this.#settings = settings;
  }

  get parked(): ParkedCounts {
    return this.#parked;
  }

  /** One request: what is left of the entry goes in the next one, so that what was taken is not sent again. */
  async take(entry: UsageEntry, signal: AbortSignal): Promise<number> {
    const { events, to } = this.#firstOf(entry);
    if (events.length === 0) return to;
    const outcome = await postEvents(this.#settings, events, AbortSignal.any([signal, this.#closing.signal]));
    if (outcome !== 'taken')
      this.#park({ source: entry.source, from: entry.from, to, events: events.length, status: outcome });
    return to;
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** As many whole records as one request holds, and one at least. */
  #firstOf({ records, source, to }: UsageEntry): { readonly events: readonly CloudEvent[]; readonly to: number } {
    const events: CloudEvent[] = [];
    for (const record of records) {
      const more = this.#eventsOf(source, record);
      if (events.length > 0 && events.length + more.length > this.#settings.batch) return { events, to: record.index };
      events.push(...more);
    }
    return { events, to };
  }

  #eventsOf(source: string, record: UsageRecord): readonly CloudEvent[] {
    return eventsOf(source, record).map((event) => cloudEventOf(event, this.#settings));
  }

  #park(parked: ParkedEvents): void {
    const { batches, events, latest } = this.#parked;
    this.#parked = {
      batches: batches + 1,
      events: events + parked.events,
      latest: [...latest, parked].slice(-latestKept),
    };
    this.#settings.onParked(parked);
  }
}

/**
 * Usage as CloudEvents 1.0, posted in batches over HTTP: the shape that OpenMeter takes. Each event at least once, and always under
 * the same id. What cannot be delivered now is tried again by the meter, after what `Retry-After` asks for; what the receiver
 * refuses (4xx but for 408 and 429) is parked: counted, told, and passed over.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds.
 */
export const createCloudEventsSink = (options: CloudEventsOptions): CloudEventsSink =>
  new HttpSink(cloudEventsSettings(options));
