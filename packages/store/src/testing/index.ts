export { otherNamespace, rowsNamespace } from './conformance-namespaces.js';
export {
  type ConformanceRunner,
  type StoreCapabilities,
  type StoreFactory,
  storeConformance,
} from './store-conformance.js';
