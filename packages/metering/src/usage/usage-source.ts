import type { UsageRecord } from './usage-record.js';

export interface UsageBatch {
  /** In the order of their indexes. */
  readonly records: readonly UsageRecord[];
  /** From where to read on: all records below it were read, or are none that count. */
  readonly cursor: number;
  /** Whether there is more to be read now. */
  readonly more: boolean;
  /** Records that were gone before anybody read them: an alarm, where a log is a window. */
  readonly lost: number;
}

/** What was committed, in its order, and nothing else. It may be read again from any cursor that it still keeps. */
export interface UsageSource {
  /** The same through restarts; of one source no index comes twice. Of a source in memory also told apart by the process. */
  readonly name: string;
  /** @param from a cursor; 0 is the beginning. @param limit about how many records at most. */
  read(from: number, limit: number): UsageBatch | Promise<UsageBatch>;
  /** Called after something was committed, perhaps once for much. */
  watch(listener: () => void): Disposable;
}
