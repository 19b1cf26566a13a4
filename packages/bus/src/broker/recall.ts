import type { AgentReference } from '@charterbus/core-models';
import type { Entry } from './entry.js';

/** An entry that waits on disk as it was admitted: all that its queue needs to know of it. */
export interface WaitingEntry {
  readonly number: number;
  readonly recipient: AgentReference;
  readonly priority: number;
  readonly position: number;
}

/** Of a journal that finds an entry by a number: what waits has not to be in memory all the while. */
export interface Recall {
  /**
   * The number by which the entry is found again; nothing where it has to stay in memory, since it is not as it was admitted
   * or asked for something. Its message is no longer at hand then.
   */
  letGo(entry: Entry): number | undefined;
  /** Reads entries of one recipient back, as they were admitted and in this order, and has their messages at hand. */
  read(numbers: readonly number[], recipient: AgentReference): readonly Entry[];
  /** What waits as it was admitted, in the order of admission. */
  waiting(): Iterable<WaitingEntry>;
  /** All other entries of unfinished messages, oldest first. */
  others(): Iterable<Entry>;
}
