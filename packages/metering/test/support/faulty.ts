import { StoreError } from '@charterbus/core-models';
import type { UsageEntry, UsageLedger, UsageSink } from '../../src/index.js';

export const unavailable = new StoreError('STORE_UNAVAILABLE', 'The disk is full.');

/** A ledger that fails as often as it is told to: before it has counted, or after. */
export class FaultyLedger implements Pick<UsageLedger, 'cursor' | 'record' | 'prune' | 'totals'> {
  readonly #ledger: UsageLedger;
  failures: ('before' | 'after')[] = [];

  constructor(ledger: UsageLedger) {
    this.#ledger = ledger;
  }

  cursor(source: string) {
    return this.#ledger.cursor(source);
  }

  async record(entry: UsageEntry): Promise<boolean> {
    const failure = this.failures.shift();
    if (failure === 'before') throw unavailable;
    const counted = await this.#ledger.record(entry);
    if (failure === 'after') throw unavailable;
    return counted;
  }

  totals(query: Parameters<UsageLedger['totals']>[0]) {
    return this.#ledger.totals(query);
  }

  prune(now: number) {
    return this.#ledger.prune(now);
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A sink that keeps what it has taken, some records at a time. */
export class KeepingSink implements UsageSink {
  readonly name: string;
  readonly position: UsageSink['position'];
  readonly indexes: number[] = [];
  readonly atOnce: number;
  failures = 0;
  #isTaking = false;

  constructor(name: string, position: UsageSink['position'], atOnce = 1000) {
    this.name = name;
    this.position = position;
    this.atOnce = atOnce;
  }

  async take({ records, to }: UsageEntry): Promise<number> {
    if (this.#isTaking) throw new Error('It was asked twice at a time.');
    this.#isTaking = true;
    await Promise.resolve();
    this.#isTaking = false;
    if (this.failures > 0) {
      this.failures -= 1;
      throw unavailable;
    }
    const taken = records.slice(0, this.atOnce);
    this.indexes.push(...taken.map(({ index }) => index));
    return taken.length < records.length ? (taken.at(-1)?.index ?? 0) + 1 : to;
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
