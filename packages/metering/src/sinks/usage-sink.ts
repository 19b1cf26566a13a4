import type { UsageEntry } from '../ledger/usage-ledger.js';

/**
 * Who remembers how far a sink has got. `sink`: itself, together with what it takes. `ledger`: the ledger of the meter, so that what
 * was under way when a process ended is taken again, under the same ids. `process`: nobody; it begins where the ledger stands,
 * since what it shows begins with the process.
 */
export type SinkPosition = 'sink' | 'ledger' | 'process';

/** Where usage goes besides the ledger. */
export interface UsageSink extends AsyncDisposable {
  /** What its position is kept under: the same through restarts, and of no other sink of the meter. */
  readonly name: string;
  readonly position: SinkPosition;
  /** How far it has a source, where it remembers that itself; 0 where never. */
  cursor?(source: string): number | Promise<number>;
  /**
   * Takes the records from the beginning of the entry, all or as many as it can.
   *
   * @returns the cursor behind what it took: `entry.to` for all.
   * @throws whatever kept it from taking any: it is asked again, after `retryAfterMs` where the error has one.
   */
  take(entry: UsageEntry, signal: AbortSignal): number | Promise<number>;
  close(): Promise<void>;
}
