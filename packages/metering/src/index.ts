export {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type MetricName,
  metricCatalogue,
} from './instruments/catalogue.js';
export type { NumberCell } from './instruments/cell.js';
export type { Reading } from './instruments/families.js';
export type { Exemplar, HistogramCell } from './instruments/histogram.js';
export { Instruments, type InstrumentsOptions } from './instruments/instruments.js';
export type {
  LabelDeclaration,
  MetricDeclaration,
  MetricKind,
  MetricUnit,
  SpanReference,
} from './instruments/metric.js';
export { openTelemetryName } from './instruments/open-telemetry.js';
export { registeredTracer } from './instruments/open-telemetry-tracer.js';
export type { HistogramSeries, MetricSnapshot, NumberSeries } from './instruments/snapshot.js';
export {
  type UsageBucket,
  type UsageDimension,
  type UsageEntry,
  type UsageLedger,
  type UsageQuery,
  type UsageTotal,
  usageBuckets,
} from './ledger/usage-ledger.js';
export type { QuotaDecision, QuotaDenial, QuotaGrant, QuotaRequest, QuotaWarning } from './quotas/quota-decision.js';
export type { OperationCounts, UsageEvent, UsageRecord } from './usage/usage-record.js';
export type { UsageBatch, UsageSource } from './usage/usage-source.js';
export {
  type UsageOperation,
  type UsageOutcome,
  type UsageTier,
  usageOperations,
  usageOutcomes,
  usageTiers,
} from './usage/vocabulary.js';
