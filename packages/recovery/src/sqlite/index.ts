export { recoveryNamespace } from './recovery-namespace.js';
export { createSqliteRecoveryStore } from './sqlite-recovery-store.js';
