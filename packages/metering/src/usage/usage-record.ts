import type { MessageType } from '@charterbus/core-models';
import type { UsageOperation, UsageOutcome, UsageTier } from './vocabulary.js';

/** How often each operation was done; those that were not are absent. */
export type OperationCounts = Readonly<Partial<Record<UsageOperation, number>>>;

/** All that one committed record (one leaf of the audit log) means for usage. Immutable. */
export interface UsageRecord {
  /** Its place in its source; grows. */
  readonly index: number;
  /** Wall-clock milliseconds. */
  readonly at: number;
  /** Who pays for it: of a message its sender. */
  readonly tenant: string;
  readonly agent: string;
  readonly type?: MessageType;
  /** The tool that was called. */
  readonly tool?: string;
  readonly tier: UsageTier;
  readonly outcome: UsageOutcome;
  readonly operations: OperationCounts;
  /** Of the content, where it was measured. */
  readonly bytes?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Millionths of the deployment's currency. */
  readonly costMicros?: number;
}

/** One operation of a record, as sinks get it. */
export interface UsageEvent extends Omit<UsageRecord, 'index' | 'operations'> {
  /** `<source>/<index>/<operation>`: the same each time it is read, so that receivers can drop what they have. */
  readonly id: string;
  readonly operation: UsageOperation;
  readonly quantity: number;
}
