import { NumberCell } from './cell.js';
import { HistogramCell, type HistogramShared, type Recorder } from './histogram.js';
import { LabelTree } from './label-tree.js';
import type { MetricDeclaration } from './metric.js';
import type { HistogramSeries, NumberSeries } from './snapshot.js';

/** A number that is kept elsewhere, with the values of its labels in their order. */
export type Reading = readonly [value: number, ...labels: string[]];

const named = ({ labels }: MetricDeclaration, values: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(labels.map(({ name }, place) => [name, values[place] ?? '']));

/** All series of a counter or a gauge. */
export class NumberFamily {
  readonly metric: MetricDeclaration;
  readonly #tree: LabelTree<NumberCell>;
  readonly #readers = new Set<() => Iterable<Reading>>();

  constructor(metric: MetricDeclaration) {
    this.metric = metric;
    this.#tree = new LabelTree(metric.labels, (labels) => new NumberCell(labels));
  }

  at(labels: readonly string[]): NumberCell {
    return this.#tree.at(labels);
  }

  read(reader: () => Iterable<Reading>): Disposable {
    this.#readers.add(reader);
    return { [Symbol.dispose]: () => void this.#readers.delete(reader) };
  }

  /** What is kept here and what is read, together where they are of one series. */
  series(): readonly NumberSeries[] {
    const read = new Map<NumberCell, number>();
    for (const reader of this.#readers) {
      for (const [value, ...labels] of readings(reader)) {
        const cell = this.#tree.at(labels);
        read.set(cell, (read.get(cell) ?? 0) + value);
      }
    }
    return this.#tree.cells.map((cell) => ({
      labels: named(this.metric, cell.labels),
      value: cell.value + (read.get(cell) ?? 0),
    }));
  }
}

/** Of a part that cannot be read now nothing is told: the others are. */
const readings = (reader: () => Iterable<Reading>): readonly Reading[] => {
  try {
    return [...reader()];
  } catch {
    return [];
  }
};

/** All series of a histogram. */
export class HistogramFamily {
  readonly metric: MetricDeclaration;
  readonly #tree: LabelTree<HistogramCell>;

  constructor(metric: MetricDeclaration, now: () => number, record: Recorder | undefined) {
    this.metric = metric;
    const shared: HistogramShared = { bounds: Float64Array.from(metric.buckets ?? []), now, record };
    this.#tree = new LabelTree(metric.labels, (labels) => new HistogramCell(labels, shared));
  }

  at(labels: readonly string[]): HistogramCell {
    return this.#tree.at(labels);
  }

  series(): readonly HistogramSeries[] {
    return this.#tree.cells.map(({ labels, counts, sum, count, exemplars }) => ({
      labels: named(this.metric, labels),
      counts: [...counts],
      sum,
      count,
      exemplars: [...exemplars],
    }));
  }
}
