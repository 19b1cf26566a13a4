import type { SpanReference } from './metric.js';

/** The latest measurement of a bucket that was made inside of a span that was recording. */
export interface Exemplar extends SpanReference {
  readonly value: number;
  /** Wall-clock milliseconds. */
  readonly at: number;
}

/** Told each measurement as it is made: what keeps histograms of its own. */
export type Recorder = (value: number, labels: readonly string[]) => void;

export interface HistogramShared {
  /** Upper bounds, rising. */
  readonly bounds: Float64Array;
  readonly now: () => number;
  readonly record: Recorder | undefined;
}

/** One series of a histogram. */
export class HistogramCell {
  readonly labels: readonly string[];
  /** By bucket, the last of them without a bound; not cumulative. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;
  #exemplars: (Exemplar | undefined)[] | undefined;
  readonly #shared: HistogramShared;

  constructor(labels: readonly string[], shared: HistogramShared) {
    this.labels = labels;
    this.counts = new Float64Array(shared.bounds.length + 1);
    this.#shared = shared;
  }

  get exemplars(): readonly (Exemplar | undefined)[] {
    return this.#exemplars ?? [];
  }

  /** What is no number, or less than nothing as after a clock that was set back, counts as nothing. */
  observe(measured: number, span?: SpanReference): void {
    const value = measured > 0 ? measured : 0;
    const { bounds, record } = this.#shared;
    let place = 0;
    while (place < bounds.length && value > (bounds[place] as number)) place++;
    this.counts[place] = (this.counts[place] as number) + 1;
    this.sum += value;
    this.count += 1;
    record?.(value, this.labels);
    if (span !== undefined) this.#keep(place, value, span);
  }

  #keep(place: number, value: number, { traceId, spanId }: SpanReference): void {
    this.#exemplars ??= Array.from(this.counts, () => undefined);
    this.#exemplars[place] = { traceId, spanId, value, at: this.#shared.now() };
  }
}
