export { Background } from './background/background.js';
export { ended } from './background/ended.js';
export { type BackgroundErrorListener, warnOfFailure } from './background/warn.js';
export type { EventStream, EventStreamOptions } from './events/event-stream.js';
export type { CheckAnswer, HealthComponentOptions, HealthReading, HealthSource } from './health/component.js';
export { HealthAggregator, type HealthEvent, type HealthOptions } from './health/health-aggregator.js';
export {
  type ComponentHealth,
  type HealthSnapshot,
  type HealthStatus,
  type HealthThresholds,
  healthStatuses,
} from './health/health-status.js';
export type { HysteresisOptions } from './health/hysteresis.js';
export { createMemoryRecoveryStore } from './orchestrator/memory-recovery-store.js';
export type { RecoveryEvent } from './orchestrator/recovery-book.js';
export {
  type RecoveryComponent,
  type RecoveryStrategy,
  recoveryStrategies,
} from './orchestrator/recovery-component.js';
export {
  openRecoveryOrchestrator,
  type RecoveryDemand,
  RecoveryOrchestrator,
  type RecoveryOrchestratorOptions,
} from './orchestrator/recovery-orchestrator.js';
export {
  type RecoveryDecision,
  type RecoveryRecord,
  type RecoveryState,
  recoveryStates,
} from './orchestrator/recovery-record.js';
export type { KeptRecoveries, RecoveryStore } from './orchestrator/recovery-store.js';
export { Bulkhead, type BulkheadOptions } from './resilience/bulkhead.js';
export {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitChange,
  type CircuitCounts,
  type CircuitOutcome,
  type CircuitState,
  type Passage,
} from './resilience/circuit-breaker.js';
export {
  type BreakerGroup,
  type BreakerSource,
  CircuitBreakers,
  type CircuitBreakersOptions,
} from './resilience/circuit-breakers.js';
export {
  type BackoffPolicy,
  type BreakerPolicy,
  breakerPolicySchema,
  type ResiliencePolicy,
  resiliencePolicySchema,
} from './resilience/policy.js';
export { Resilience, type ResilienceOptions } from './resilience/resilience.js';
