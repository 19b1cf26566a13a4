import type { CharterbusError, ConstitutionFile } from '@charterbus/core-models';
import type { ConstitutionRecords } from './constitution-records.js';

/** What may be in force at a start, and who offers it. */
export interface OfferedConstitution {
  readonly files: readonly ConstitutionFile[];
  /** For the history and the audit log, where it is another one than was in force. */
  readonly by: string;
  readonly why: string;
  /** Told where it may not be in force after all; then the next is asked for. */
  refuse(error: CharterbusError): void;
}

/** Knows which constitution a bus is to begin with, given what was in force before. */
export interface ConstitutionOrigin {
  /**
   * Asked once, when the store is open: the first that may be in force is. Throws where there is none. The records are
   * live: they may be looked at as long as the bus runs.
   */
  offers(records: ConstitutionRecords): AsyncIterable<OfferedConstitution>;
}
