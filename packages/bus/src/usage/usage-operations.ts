import type {
  Meter,
  PumpStatus,
  QuotaUsage,
  QuotaUsageQuery,
  UsageLedger,
  UsageQuery,
  UsageTotal,
} from '@charterbus/metering';
import type { BusContext } from '../context.js';

/** What was counted, and how the quotas in force stand. */
export class UsageOperations {
  readonly #context: BusContext;

  constructor(context: BusContext) {
    this.#context = context;
  }

  /**
   * Sums by minute, hour or day. What was committed a moment ago may not be counted yet: `settled` waits for that.
   *
   * @throws ConfigurationError for a query out of bounds; StoreError.
   */
  async totals(query: UsageQuery): Promise<readonly UsageTotal[]> {
    return this.#ledger.totals(query);
  }

  /** How much of each quota a tenant's subjects have used. @throws PolicyError `QUOTA_UNAVAILABLE`. */
  async quotas(query: QuotaUsageQuery): Promise<readonly QuotaUsage[]> {
    const { life, quotas } = this.#context;
    return (await quotas.of(life.current)?.usage(query)) ?? [];
  }

  /** Resolves when all that is committed by now is counted, and given to all sinks. @throws OperationError `ABORTED`. */
  settled(signal?: AbortSignal): Promise<void> {
    return this.#meter.drain(signal);
  }

  /** How far each part of the log has been counted, and given to each sink. */
  get progress(): readonly PumpStatus[] {
    return this.#meter.status;
  }

  get #ledger(): UsageLedger {
    return this.#context.usage.ledger;
  }

  get #meter(): Meter {
    return this.#context.usage.meter;
  }
}
