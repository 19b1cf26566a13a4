export { type CountersFactory, countersConformance } from './counters-conformance.js';
export { type LedgerFactory, ledgerConformance } from './ledger-conformance.js';
export type { ConformanceRunner } from './runner.js';
