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
