export { otherNamespace, rowsNamespace } from './conformance-namespaces.js';
export type { ConformanceRunner, StoreCapabilities, StoreFactory } from './conformance-runner.js';
export { storeConformance } from './store-conformance.js';
