import { percentile } from '../statistics/quantiles.js';

export interface Percentiles {
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
}

/**
 * The times of one batch, all of them. A batch is bounded, so a plain array that is sorted once is exact, and recording is
 * one store; a histogram would round and cost more.
 */
export class Latencies {
  readonly #milliseconds: Float64Array;
  #count = 0;

  /** @param most as many as will be recorded. */
  constructor(most: number) {
    this.#milliseconds = new Float64Array(most);
  }

  record(milliseconds: number): void {
    this.#milliseconds[this.#count++] = milliseconds;
  }

  /** Microseconds by nearest rank; the clock's own time, some 0.05 µs, is in them. */
  percentiles(): Percentiles {
    const sorted = this.#milliseconds.subarray(0, this.#count).toSorted();
    const of = (share: number): number => percentile(sorted, share) * 1000;
    return { p50Us: of(0.5), p90Us: of(0.9), p99Us: of(0.99) };
  }
}
