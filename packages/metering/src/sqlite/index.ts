export { meteringNamespace } from './metering-namespace.js';
export { openSqliteLedger, type SqliteLedgerOptions } from './sqlite-ledger.js';
