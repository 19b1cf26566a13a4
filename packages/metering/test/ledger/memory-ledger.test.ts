import { describe, it } from 'vitest';
import { createMemoryLedger } from '../../src/index.js';
import { ledgerConformance } from '../../src/testing/index.js';

ledgerConformance({ describe, it }, async (options) => createMemoryLedger(options));
