import type { Limit } from './limit.js';

/** One limit, as it applies to one message. */
export interface QuotaCharge {
  readonly limit: Limit;
  /** What counts together. */
  readonly subject: string;
  /** What the message adds to a budget; 1 for rates and concurrency. */
  readonly amount: number;
  /**
   * What the subject had used of a budget since the beginning of its period, before these counters began to count; for
   * counters that do not outlive their process.
   */
  readonly history?: ((since: number) => number | Promise<number>) | undefined;
}

/** All limits that apply to one message: all are charged, or none. */
export interface QuotaClaim {
  readonly message: string;
  readonly tenant: string;
  readonly charges: readonly QuotaCharge[];
}

/** What became of one charge. */
export interface QuotaLevel {
  /** What is used: after the charges where they were made. Of rates in messages, with fractions. */
  readonly used: number;
  /** Milliseconds until the charge fits; 0 where it does, `Infinity` where it never will. */
  readonly waitMs: number;
  /** Whether this charge reached the threshold for warnings: of a budget the first time in its period. */
  readonly crossed: boolean;
  /** Of a budget the beginning of its period; else 0. */
  readonly period: number;
  /** Whether there is no room to count another subject. */
  readonly noRoom: boolean;
}

/** In the order of the charges. They were made if every one fits and has room. */
export type QuotaLevels = readonly QuotaLevel[];

/** What is counted of one subject. */
export interface QuotaReading {
  readonly limit: Limit;
  readonly subject: string;
  readonly used: number;
  /** When nothing of it is used any more if nothing comes; wall-clock milliseconds. */
  readonly resetsAt: number | undefined;
}

/** Which counters an operator asks for. */
export interface QuotaListing {
  readonly limits: readonly Limit[];
  readonly tenant: string;
  /** Readings at most. */
  readonly most: number;
}

/**
 * What quotas are counted with. Counters are found by quota and subject, whatever constitution the limit stands in: a changed
 * limit applies to what was used.
 */
export interface QuotaCounters extends AsyncDisposable {
  /**
   * Makes all charges, or none. What it cannot decide it refuses.
   *
   * @throws PolicyError `QUOTA_UNAVAILABLE`
   */
  take(claim: QuotaClaim): QuotaLevels | Promise<QuotaLevels>;
  /** Takes budgets and places of a claim back, which `take` made and answered with these levels. */
  giveBack(claim: QuotaClaim, levels: QuotaLevels): void | Promise<void>;
  /** The message is finished: its places are free. Idempotent. */
  finish(claim: QuotaClaim): void | Promise<void>;
  /** The message has its places, whether there are any left or not: it was accepted before. Idempotent. */
  resume(claim: QuotaClaim): void | Promise<void>;
  /** What stands now; changes nothing. */
  read(claim: QuotaClaim): readonly QuotaReading[] | Promise<readonly QuotaReading[]>;
  /** Subjects of a tenant of which anything is used, in no particular order. */
  list(listing: QuotaListing): readonly QuotaReading[] | Promise<readonly QuotaReading[]>;
  close(): Promise<void>;
}
