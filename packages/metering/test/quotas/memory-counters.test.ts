import { describe, it } from 'vitest';
import { createMemoryCounters } from '../../src/index.js';
import { countersConformance } from '../../src/testing/index.js';

countersConformance({ describe, it }, async (clock) => createMemoryCounters({ clock }));
