import { describe, it } from 'vitest';
import { recoveryStoreConformance } from '../../src/testing/index.js';
import { memoryPlace } from '../support/stores.js';

recoveryStoreConformance({ describe, it }, memoryPlace);
