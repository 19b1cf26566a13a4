export { registryConformance } from './registry-conformance.js';
export type { ConformanceRunner, RegistryFactory } from './suite.js';
