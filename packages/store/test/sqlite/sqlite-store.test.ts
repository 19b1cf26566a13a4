import { describe, it } from 'vitest';
import { openSqliteStore } from '../../src/index.js';
import { storeConformance } from '../../src/testing/index.js';
import { temporaryDirectory } from '../support/directories.js';

storeConformance({ describe, it }, (options) => openSqliteStore({ directory: temporaryDirectory(), ...options }), {
  durability: 'fsync',
});
