import { describe, it } from 'vitest';
import { createMemoryRegistry } from '../../src/index.js';
import { registryConformance } from '../../src/testing/index.js';

registryConformance({ describe, it }, async (options) => createMemoryRegistry(options));
