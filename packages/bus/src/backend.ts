import type { Clock, IdSource, RandomSource, Timers } from '@charterbus/core-models';
import {
  createMemoryCounters,
  createMemoryLedger,
  type QuotaCounters,
  type UsageLedger,
  type UsageSource,
} from '@charterbus/metering';
import type { BackgroundErrorListener, CircuitBreakers, RecoveryStore } from '@charterbus/recovery';
import { createMemoryRegistry, type Registry } from '@charterbus/registry';
import type { CommittedBatch } from '@charterbus/store';
import type { NonceMemory } from '@charterbus/validators';
import type { Broker } from './broker/broker.js';
import { type DeliveryOptions, memoryRetention } from './broker/delivery-options.js';
import { EmbeddedBroker } from './broker/embedded-broker.js';
import { MemoryJournal, type MemoryJournalOptions } from './broker/memory-journal.js';
import type { ConstitutionRecords } from './life/constitution-records.js';
import { MemoryRecords } from './life/memory-records.js';
import { MemoryTopicRecords } from './topics/memory-topic-records.js';
import type { TopicRecords } from './topics/topic-records.js';
import { MemoryUsage } from './usage/memory-usage.js';
import type { EnterpriseTenants } from './usage/operations.js';

/** What a backend is given by the bus that opens it. */
export interface BackendEnvironment {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly delivery: Partial<DeliveryOptions>;
  readonly onBackgroundError: BackgroundErrorListener;
  /** Where the breakers of this bus are listed. */
  readonly breakers: CircuitBreakers;
  /** Tenants whose usage is of the tier `enterprise`. */
  readonly enterprise: EnterpriseTenants;
  /** Of a backend with a store: told of each batch that was written. */
  readonly onBatch?: (batch: CommittedBatch) => void;
}

/** What usage is derived from, where it is counted, and what quotas are counted by. */
export interface BackendUsage {
  /** One for each part of the audit log. */
  readonly sources: readonly UsageSource[];
  /** Closed by the bus, before the backend. */
  readonly ledger: UsageLedger;
  /** Closed by the bus, before the backend. */
  readonly counters: QuotaCounters;
  /** Whether the counters know what was used before this process began. */
  readonly countersOutlive?: boolean;
}

/** Where agents, messages, constitutions and subscriptions are kept. */
export interface Backend {
  readonly broker: Broker;
  readonly registry: Registry;
  readonly records: ConstitutionRecords;
  /** Subscriptions, and what is paused. */
  readonly topics: TopicRecords;
  readonly usage: BackendUsage;
  /** Recoveries that are under way, or have ended. Absent: they end with the process. */
  readonly recoveries?: RecoveryStore;
  /** Of signatures, where several processes share it. Absent: each remembers for itself what came since it began. */
  readonly nonces?: NonceMemory;
  /** Rejects while it is known that nothing can be kept. Absent: nothing but an attempt tells. */
  readonly checkWritable?: () => Promise<void>;
  /** Called last, after broker and registry were closed. */
  close(): Promise<void>;
}

/** Opens a backend; the bus that called it owns and closes it. */
export type OpenBackend = (environment: BackendEnvironment) => Promise<Backend>;

/**
 * Everything in memory: gone with the process. Of finished messages the newest 4 MiB are kept unless the bus' options state
 * their retention. Leaves and digests are made when they are asked for, unless all at once, or without a log never.
 */
export const memoryBackend =
  (options: MemoryJournalOptions = {}): OpenBackend =>
  async (environment) => {
    const { clock, timers, random, ids, delivery, onBackgroundError, enterprise } = environment;
    const onWatcherError = (error: unknown): void => onBackgroundError('registry watch', error);
    const journal = new MemoryJournal(options);
    const usage = new MemoryUsage(`memory-${ids.next()}`, { enterprise, leaves: options.log ?? true });
    journal.observer = usage;
    return {
      broker: new EmbeddedBroker({ ...environment, delivery: { retention: memoryRetention, ...delivery }, journal }),
      records: new MemoryRecords(journal),
      topics: new MemoryTopicRecords(journal),
      registry: createMemoryRegistry({ clock, timers, random, ids, onWatcherError }),
      usage: { sources: [usage], ledger: createMemoryLedger(), counters: createMemoryCounters({ clock }) },
      close: () => Promise.resolve(),
    };
  };
