/** In milliseconds; nothing was measured where they are absent. */
export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Rounded to a microsecond: what lies below is noise. */
export const roundMs = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;

/** Keeps every measurement, eight bytes each, so that percentiles are exact. */
export class Latencies {
  #values = new Float64Array(1024);
  #count = 0;

  add(milliseconds: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = milliseconds;
    this.#count += 1;
  }

  /** By nearest rank. */
  summary(): LatencySummary | undefined {
    if (this.#count === 0) return undefined;
    const sorted = this.#values.subarray(0, this.#count).toSorted();
    const at = (share: number): number => roundMs(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
  }
}
