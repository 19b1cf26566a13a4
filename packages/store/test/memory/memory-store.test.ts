import { describe, it } from 'vitest';
import { openMemoryStore } from '../../src/index.js';
import { storeConformance } from '../../src/testing/index.js';

storeConformance({ describe, it }, openMemoryStore, { durability: 'memory' });
