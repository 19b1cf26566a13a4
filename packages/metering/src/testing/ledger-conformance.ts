import type { LedgerOptions } from '../ledger/ledger-options.js';
import type { UsageLedger } from '../ledger/usage-ledger.js';
import { counting } from './ledger/counting.js';
import { forgetting } from './ledger/forgetting.js';
import { querying } from './ledger/querying.js';
import type { LedgerSuite } from './ledger/suite.js';
import { telling } from './ledger/telling-apart.js';
import type { ConformanceRunner } from './runner.js';

/** Makes an empty ledger, which the suite closes. */
export type LedgerFactory = (options: LedgerOptions) => Promise<UsageLedger>;

const parts: readonly ((it: LedgerSuite) => void)[] = [counting, querying, telling, forgetting];

/** What every `UsageLedger` does alike. */
export const ledgerConformance = ({ describe, it }: ConformanceRunner, factory: LedgerFactory): void => {
  const suite: LedgerSuite = (name, body, options = {}) =>
    it(name, async () => {
      await using ledger = await factory(options);
      await body(ledger);
    });
  describe('a ledger', () => {
    for (const part of parts) part(suite);
  });
};
