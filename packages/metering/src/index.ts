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
export type { Retention } from './ledger/buckets.js';
export type { LedgerOptions } from './ledger/ledger-options.js';
export { createMemoryLedger } from './ledger/memory-ledger.js';
export {
  type UsageBucket,
  type UsageDimension,
  type UsageEntry,
  type UsageLedger,
  type UsageQuery,
  type UsageTotal,
  usageBuckets,
} from './ledger/usage-ledger.js';
export type { Backoff } from './meter/backoff.js';
export { createMeter, type Meter } from './meter/meter.js';
export type { MeterEvent, MeterOptions } from './meter/meter-options.js';
export type { PumpStatus } from './meter/pump.js';
export { type BudgetSubject, ledgerHistory, type QuotaHistory } from './quotas/history.js';
export type { BudgetLimit, ConcurrencyLimit, Limit, RateLimit } from './quotas/limit.js';
export { createMemoryCounters, type MemoryCountersOptions } from './quotas/memory/memory-counters.js';
export type {
  QuotaCharge,
  QuotaClaim,
  QuotaCounters,
  QuotaLevel,
  QuotaLevels,
  QuotaListing,
  QuotaReading,
} from './quotas/quota-counters.js';
export type {
  QuotaDecision,
  QuotaDenial,
  QuotaDenialReason,
  QuotaGrant,
  QuotaRequest,
  QuotaUsage,
  QuotaWarning,
} from './quotas/quota-decision.js';
export {
  createQuotas,
  type Quotas,
  type QuotasOptions,
  type QuotaUsageQuery,
  type QuotaWarningListener,
} from './quotas/quotas.js';
export type { CloudEvent, CloudEventData, CloudEventSubject } from './sinks/cloud-events/cloud-event.js';
export {
  type CloudEventsSink,
  createCloudEventsSink,
  type ParkedCounts,
} from './sinks/cloud-events/cloud-events-sink.js';
export type { CloudEventsOptions, ParkedEvents } from './sinks/cloud-events/options.js';
export { createInstrumentsSink, type InstrumentsSinkOptions } from './sinks/instruments-sink.js';
export { type JsonLinesOptions, openJsonLinesSink } from './sinks/json-lines/json-lines-sink.js';
export type { SinkPosition, UsageSink } from './sinks/usage-sink.js';
export { eventsOf } from './usage/usage-events.js';
export { UsageLog, type UsageLogOptions } from './usage/usage-log.js';
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
