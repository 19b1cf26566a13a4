import { ConfigurationError } from '@charterbus/core-models';
import type { Retention } from './buckets.js';

export interface LedgerOptions {
  /** How long buckets are kept. */
  readonly retention?: Retention;
  /**
   * Rows of one tenant in one bucket whose agents and tools are told apart; default 1000. What is beyond is counted together, with
   * agent and tool `*`: sums of tenants, types, tiers, outcomes and operations are always exact.
   */
  readonly rowsPerTenant?: number;
}

const defaultRowsPerTenant = 1000;

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const ledgerBounds = ({ retention = {}, rowsPerTenant = defaultRowsPerTenant }: LedgerOptions) => {
  if (!Number.isInteger(rowsPerTenant) || rowsPerTenant < 1) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'rowsPerTenant must be a whole number above 0.');
  }
  if (
    !Object.values(retention).every((kept: unknown) => kept === undefined || (typeof kept === 'number' && kept > 0))
  ) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'Buckets must be kept for more than 0 milliseconds.');
  }
  return { retention, rowsPerTenant };
};
