import { openMemoryStore } from '@charterbus/store';
import { describe, it, onTestFinished } from 'vitest';
import { meteringNamespace, openSqliteLedger } from '../../src/sqlite/index.js';
import { ledgerConformance } from '../../src/testing/index.js';

ledgerConformance({ describe, it }, async (options) => {
  const store = await openMemoryStore({ namespaces: [meteringNamespace] });
  onTestFinished(() => store.close());
  return openSqliteLedger({ store, ...options });
});
