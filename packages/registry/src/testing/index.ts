export { type ConformanceRunner, type RegistryFactory, registryConformance } from './registry-conformance.js';
