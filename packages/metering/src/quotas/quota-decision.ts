import type { MessageType } from '@charterbus/core-models';

/** One message that asks to be let in, as quotas see it. */
export interface QuotaRequest {
  /** The message's id: what concurrency is counted by. */
  readonly message: string;
  /** Its sender. */
  readonly tenant: string;
  readonly agent: string;
  readonly type: MessageType;
  /** The tool that it calls. */
  readonly tool?: string | undefined;
  /** Of its content. */
  readonly bytes: number;
  /** Input and output together. */
  readonly tokens: number;
  /** Millionths of the deployment's currency. */
  readonly costMicros: number;
}

/** A quota that is nearly used up. */
export interface QuotaWarning {
  readonly quota: string;
  /** What counts together, as `tenant/agent`. */
  readonly subject: string;
  /** From 0 to 1. */
  readonly share: number;
}

export interface QuotaGrant {
  readonly allowed: true;
  /** All whose threshold is reached, also where that was told before. */
  readonly warnings: readonly QuotaWarning[];
  /**
   * The message was not accepted after all: budgets and concurrency have it back, rates do not. Idempotent; never throws, and
   * what fails is reported to whoever made the quotas.
   */
  giveBack(): void;
}

/** `used_up`: what the quotas allow is spent. `too_many_subjects`: there is no room to count one more sender. */
export type QuotaDenialReason = 'used_up' | 'too_many_subjects';

export interface QuotaDenial {
  readonly allowed: false;
  readonly reason: QuotaDenialReason;
  /** The names of the quotas that are used up, or cannot be counted, sorted. */
  readonly quotas: readonly string[];
  /** When it is worth trying again: the longest of what they ask for. Never (too large for any period): `undefined`. */
  readonly retryAfterMs: number | undefined;
}

export type QuotaDecision = QuotaGrant | QuotaDenial;

/** How much of one quota one subject has used. */
export interface QuotaUsage {
  readonly quota: string;
  readonly kind: 'rate' | 'concurrency' | 'budget';
  readonly subject: string;
  /** Messages (of a rate those that have not drained yet), bytes, tokens, or units of the currency. */
  readonly used: number;
  readonly limit: number;
  /** `used / limit`: above 1 where the limit was lowered. */
  readonly share: number;
  /** When nothing of it is used any more if nothing comes, wall-clock milliseconds; of concurrency nobody knows. */
  readonly resetsAt: number | undefined;
}
