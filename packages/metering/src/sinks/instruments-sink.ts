import type { Instruments } from '../instruments/instruments.js';
import type { UsageEntry } from '../ledger/usage-ledger.js';
import type { UsageRecord } from '../usage/usage-record.js';
import { usageOperations } from '../usage/vocabulary.js';
import type { UsageSink } from './usage-sink.js';

export interface InstrumentsSinkOptions {
  readonly instruments: Instruments;
  /** Whether each tenant has series of its own, up to the bound of the catalogue. Default: all tenants are `*`. */
  readonly byTenant?: boolean;
  /** Default `instruments`. */
  readonly name?: string;
}

const microsPerUnit = 1_000_000;

/** Usage as metrics, from when the process began: for Prometheus and for OpenTelemetry, as all other numbers. */
class InstrumentsSink implements UsageSink {
  readonly name: string;
  readonly position = 'process';
  readonly #instruments: Instruments;
  readonly #byTenant: boolean;

  constructor({ instruments, byTenant = false, name = 'instruments' }: InstrumentsSinkOptions) {
    this.name = name;
    this.#instruments = instruments;
    this.#byTenant = byTenant;
  }

  take({ records, to }: UsageEntry): number {
    for (const record of records) this.#add(record);
    return to;
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add({ operations, outcome, tier, ...record }: UsageRecord): void {
    const { bytes = 0, costMicros = 0, inputTokens = 0, outputTokens = 0 } = record;
    const tenant = this.#byTenant ? record.tenant : '*';
    const add = (value: number, ...[name, ...labels]: Parameters<Instruments['counter']>): void => {
      if (value > 0) this.#instruments.counter(name, ...labels).add(value);
    };
    for (const operation of usageOperations) {
      add(operations[operation] ?? 0, 'charterbus_usage_operations_total', operation, tier, outcome, tenant);
    }
    add(bytes, 'charterbus_usage_bytes_total', tenant);
    add(inputTokens, 'charterbus_usage_tokens_total', 'input', tenant);
    add(outputTokens, 'charterbus_usage_tokens_total', 'output', tenant);
    add(costMicros / microsPerUnit, 'charterbus_usage_cost_total', tenant);
  }
}

export const createInstrumentsSink = (options: InstrumentsSinkOptions): UsageSink => new InstrumentsSink(options);
