import { createMeter, type Meter, type UsageLedger, type UsageSink } from '@charterbus/metering';
import type { BackendEnvironment, BackendUsage } from '../backend.js';

export interface MeteringOptions {
  /** Tenants whose usage is of the tier `enterprise`, whatever their messages take. */
  readonly enterpriseTenants?: readonly string[];
  /** Where usage goes besides the ledger; closed with the bus. */
  readonly sinks?: readonly UsageSink[];
  /** Whether usage is shown by tenant in metrics, of a thousand at the most. Default false. */
  readonly tenantMetrics?: boolean;
}

/** What a bus counts with. */
export interface Metering {
  readonly ledger: UsageLedger;
  readonly meter: Meter;
  /** Counts what was committed, and gives sinks a moment to take it; what they do not take, they take after the next start. */
  close(withinMs: number): Promise<void>;
}

/** Begins to count. What a process before it did not live to count is counted first, so that budgets know of it. */
export const startMetering = async (
  { sources, ledger }: BackendUsage,
  sinks: readonly UsageSink[],
  { clock, timers, random, onBackgroundError }: BackendEnvironment,
): Promise<Metering> => {
  const meter = createMeter({
    ledger,
    sinks,
    clock,
    timers,
    random,
    onEvent: (event) => {
      if (event.kind === 'lost') onBackgroundError('usage', new UsageLost(event.source, event.records));
      else onBackgroundError('usage', event.error);
    },
  });
  for (const source of sources) meter.add(source);
  const close = async (withinMs: number): Promise<void> => {
    const stop = new AbortController();
    using _timer = timers.after(withinMs, () => stop.abort());
    try {
      if (withinMs > 0) await meter.drain(stop.signal);
    } catch (error) {
      onBackgroundError('usage', error);
    }
    await meter.close();
    for (const sink of sinks) await sink.close();
    await ledger.close();
  };
  return { ledger, meter, close };
};

/** Records of the log went before anybody counted them. */
class UsageLost extends Error {
  override readonly name = 'UsageLost';

  constructor(source: string, records: number) {
    super(`${records} records of ${source} were gone before they were counted.`);
  }
}
