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
  readonly warnings: readonly QuotaWarning[];
  /**
   * The message was not accepted after all: budgets and concurrency have it back, rates do not. Idempotent; never throws, and
   * what fails is reported to whoever made the quotas.
   */
  giveBack(): void;
}

export interface QuotaDenial {
  readonly allowed: false;
  /** The names of the quotas that are used up, sorted. */
  readonly quotas: readonly string[];
  /** When it is worth trying again: the longest of what they ask for. Never (too large for any period): `undefined`. */
  readonly retryAfterMs: number | undefined;
}

export type QuotaDecision = QuotaGrant | QuotaDenial;
