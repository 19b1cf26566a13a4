export {
  type ConformanceRunner,
  type RecoveryStoreFactory,
  recoveryStoreConformance,
} from './recovery-store-conformance.js';
