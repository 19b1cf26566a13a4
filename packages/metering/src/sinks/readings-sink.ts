import type { UsageEntry } from '../ledger/usage-ledger.js';
import type { UsageRecord } from '../usage/usage-record.js';
import { usageOperations } from '../usage/vocabulary.js';
import { BoundedNames } from './bounded-names.js';
import type { UsageSink } from './usage-sink.js';

/** One counter with its series: plain data, for whoever exposes them. */
export interface UsageReading {
  /** As Prometheus wants it. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly series: readonly UsageSeries[];
}

export interface UsageSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Never falls while the process lives. */
  readonly value: number;
}

export interface ReadingsSink extends UsageSink {
  /** What has been counted since the process began. */
  readings(): readonly UsageReading[];
}

export interface ReadingsSinkOptions {
  /** Tenants that have series of their own; all others are `*`. Default 1000; 0 for none. */
  readonly tenants?: number;
  /** Default `prometheus`. */
  readonly name?: string;
}

const defaultTenants = 1000;
const microsPerUnit = 1_000_000;

/** One counter: its sums by their labels, in whole numbers of `unit`. */
class Sums {
  readonly #about: Omit<UsageReading, 'series'>;
  readonly #unit: number;
  readonly #series = new Map<string, { readonly labels: Readonly<Record<string, string>>; sum: number }>();

  constructor(about: Omit<UsageReading, 'series'>, unit = 1) {
    this.#about = about;
    this.#unit = unit;
  }

  add(value: number | undefined, ...labels: readonly string[]): void {
    if (value === undefined || value <= 0) return;
    const key = labels.join('\n');
    const series = this.#series.get(key) ?? { labels: this.#labelled(labels), sum: 0 };
    series.sum += value;
    this.#series.set(key, series);
  }

  read(): UsageReading {
    const series = Array.from(this.#series.values(), ({ labels, sum }) => ({ labels, value: sum / this.#unit }));
    return { ...this.#about, series };
  }

  #labelled(values: readonly string[]): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#about.labelNames.map((name, place) => [name, values[place] ?? '']));
  }
}

const countersOf = () => ({
  operations: new Sums({
    name: 'charterbus_usage_operations_total',
    help: 'Governed operations.',
    labelNames: ['tenant', 'tier', 'outcome', 'operation'],
  }),
  bytes: new Sums({
    name: 'charterbus_usage_bytes_total',
    help: 'Bytes of the contents of messages.',
    labelNames: ['tenant', 'tier', 'outcome'],
  }),
  tokens: new Sums({
    name: 'charterbus_usage_tokens_total',
    help: 'Tokens that senders stated.',
    labelNames: ['tenant', 'tier', 'outcome', 'direction'],
  }),
  cost: new Sums(
    {
      name: 'charterbus_usage_cost_total',
      help: "Cost that senders stated, in the deployment's currency.",
      labelNames: ['tenant', 'tier', 'outcome'],
    },
    microsPerUnit,
  ),
});

class CountingSink implements ReadingsSink {
  readonly name: string;
  readonly position = 'process';
  readonly #counters = countersOf();
  readonly #tenants: BoundedNames;

  constructor({ name = 'prometheus', tenants = defaultTenants }: ReadingsSinkOptions) {
    this.name = name;
    this.#tenants = new BoundedNames(tenants);
  }

  take({ records, to }: UsageEntry): number {
    for (const record of records) this.#add(record);
    return to;
  }

  readings(): readonly UsageReading[] {
    return Object.values(this.#counters).map((counter) => counter.read());
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add({ bytes, costMicros, inputTokens, operations, outcome, outputTokens, tier, ...record }: UsageRecord): void {
    const tenant = this.#tenants.nameOf(record.tenant);
    const { cost, operations: done, bytes: size, tokens } = this.#counters;
    for (const operation of usageOperations) done.add(operations[operation], tenant, tier, outcome, operation);
    size.add(bytes, tenant, tier, outcome);
    tokens.add(inputTokens, tenant, tier, outcome, 'input');
    tokens.add(outputTokens, tenant, tier, outcome, 'output');
    cost.add(costMicros, tenant, tier, outcome);
  }
}

/** Counters for the text that Prometheus reads, from when the process began: no agent has a series. */
export const createReadingsSink = (options: ReadingsSinkOptions = {}): ReadingsSink => new CountingSink(options);
