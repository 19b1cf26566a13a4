import { type Counter, type Meter, metrics } from '@opentelemetry/api';
import type { UsageEntry } from '../ledger/usage-ledger.js';
import type { UsageRecord } from '../usage/usage-record.js';
import { usageOperations } from '../usage/vocabulary.js';
import { BoundedNames } from './bounded-names.js';
import type { UsageSink } from './usage-sink.js';

export interface OpenTelemetrySinkOptions {
  /** Default: the one of the global meter provider, named `@charterbus/metering`. */
  readonly meter?: Meter;
  /** Tenants that have series of their own; all others are `*`. Default 1000; 0 for none. */
  readonly tenants?: number;
  /** Default `opentelemetry`. */
  readonly name?: string;
}

const defaultTenants = 1000;

const countersOf = (meter: Meter) => ({
  operations: meter.createCounter('charterbus.usage.operations', {
    description: 'Governed operations.',
    unit: '{operation}',
  }),
  bytes: meter.createCounter('charterbus.usage.bytes', {
    description: 'Bytes of the contents of messages.',
    unit: 'By',
  }),
  tokens: meter.createCounter('charterbus.usage.tokens', {
    description: 'Tokens that senders stated.',
    unit: '{token}',
  }),
  cost: meter.createCounter('charterbus.usage.cost', {
    description: "Cost that senders stated, in the deployment's currency.",
    unit: '{currency}',
  }),
});

class OpenTelemetrySink implements UsageSink {
  readonly name: string;
  readonly position = 'process';
  readonly #counters: ReturnType<typeof countersOf>;
  readonly #tenants: BoundedNames;

  constructor({ meter = metrics.getMeter('@charterbus/metering'), name, tenants }: OpenTelemetrySinkOptions) {
    this.name = name ?? 'opentelemetry';
    this.#counters = countersOf(meter);
    this.#tenants = new BoundedNames(tenants ?? defaultTenants);
  }

  take({ records, to }: UsageEntry): number {
    for (const record of records) this.#add(record);
    return to;
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add({ bytes, costMicros = 0, inputTokens, operations, outcome, outputTokens, tenant, tier }: UsageRecord): void {
    const attributes = { tenant: this.#tenants.nameOf(tenant), tier, outcome };
    const add = (counter: Counter, value: number | undefined, more: Readonly<Record<string, string>> = {}): void => {
      if (value !== undefined && value > 0) counter.add(value, { ...attributes, ...more });
    };
    for (const operation of usageOperations) add(this.#counters.operations, operations[operation], { operation });
    add(this.#counters.bytes, bytes);
    add(this.#counters.tokens, inputTokens, { direction: 'input' });
    add(this.#counters.tokens, outputTokens, { direction: 'output' });
    add(this.#counters.cost, costMicros / 1_000_000);
  }
}

/** Counters of OpenTelemetry, from when the process began: attributes are tenant, tier, outcome and operation, and no agent's. */
export const createOpenTelemetrySink = (options: OpenTelemetrySinkOptions = {}): UsageSink =>
  new OpenTelemetrySink(options);
