import type { Exemplar } from './histogram.js';
import type { MetricDeclaration } from './metric.js';

export interface NumberSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface HistogramSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** By bucket, the last of them without a bound; not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
  /** By bucket, where there is one. */
  readonly exemplars: readonly (Exemplar | undefined)[];
}

/** All series of one metric at one moment. */
export type MetricSnapshot =
  | { readonly metric: MetricDeclaration; readonly series: readonly NumberSeries[]; readonly histogram?: never }
  | { readonly metric: MetricDeclaration; readonly histogram: readonly HistogramSeries[]; readonly series?: never };
