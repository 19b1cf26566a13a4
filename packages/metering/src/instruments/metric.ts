export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** A base unit, or what is counted. `1` is a ratio, or a number that stands for a state. */
export type MetricUnit = 'seconds' | 'bytes' | '1' | `{${string}}`;

/** The part of a metric's series that a label tells apart, and why there are never many. */
export type LabelDeclaration =
  /** One of these; whatever else is `other`. */
  | { readonly name: string; readonly values: readonly string[] }
  /** The first so many that come, for the life of the process; whatever else is `other`. */
  | { readonly name: string; readonly most: number };

export interface MetricDeclaration {
  /** As Prometheus has it: `charterbus_…`, in base units, counters with `_total`. */
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit: MetricUnit;
  readonly help: string;
  readonly labels: readonly LabelDeclaration[];
  /** Of a histogram: upper bounds, rising, in its unit. */
  readonly buckets?: readonly number[];
}

/** What every value counts for that no label has room for. */
export const otherValue = 'other';

/** Where a measurement was made, while a span was recording there. */
export interface SpanReference {
  readonly traceId: string;
  readonly spanId: string;
}
