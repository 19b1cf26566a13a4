import { describe, expect, it, test } from 'vitest';
import { createSqliteRecoveryStore } from '../../src/sqlite/index.js';
import { recoveryStoreConformance } from '../../src/testing/index.js';
import { sqliteFile, sqlitePlace } from '../support/stores.js';

recoveryStoreConformance({ describe, it }, sqlitePlace);

test.each(['{}', 'no JSON', '{"number":1,"component":"a","state":"idle"}'])(
  'a stored recovery that cannot be read is said, never skipped: %s',
  async (text) => {
    const store = await sqliteFile()();
    await store.commit([{ namespace: 'recovery', statement: 'save', values: ['a', text] }]);
    await expect(createSqliteRecoveryStore(store).load()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  },
);
