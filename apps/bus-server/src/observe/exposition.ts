import type { HistogramSeries, Instruments, MetricSnapshot, NumberSeries } from '@charterbus/metering';
import { Registry, type RegistryContentType } from 'prom-client';

/** A metric as prom-client asks for it when it writes. */
interface Exposed {
  name: string;
  readonly help: string;
  readonly type: string;
  get(): Promise<{
    readonly name: string;
    readonly help: string;
    readonly type: string;
    readonly values: readonly Value[];
  }>;
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly metricName?: string;
  readonly exemplar?: unknown;
}

const expositionTypes = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openMetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const;

/** Which form whoever asks wants: OpenMetrics where it is named, as scrapers do that read exemplars. */
export const expositionFor = (accept: string | undefined): RegistryContentType =>
  /application\/openmetrics-text/i.test(accept ?? '') ? expositionTypes.openMetrics : expositionTypes.prometheus;

const numberValues = (series: readonly NumberSeries[]): readonly Value[] =>
  series.map(({ labels, value }) => ({ labels, value }));

const exemplarOf = (exemplar: HistogramSeries['exemplars'][number]): object =>
  exemplar === undefined
    ? {}
    : {
        exemplar: {
          labelSet: { trace_id: exemplar.traceId, span_id: exemplar.spanId },
          value: exemplar.value,
          timestamp: exemplar.at / 1000,
        },
      };

/** Cumulative, as both forms have it. */
const histogramValues = (
  name: string,
  bounds: readonly number[],
  { labels, counts, sum, count, exemplars }: HistogramSeries,
): readonly Value[] => {
  let below = 0;
  const buckets = counts.map((inBucket, place) => {
    below += inBucket;
    const le = String(bounds[place] ?? '+Inf');
    return { labels: { le, ...labels }, value: below, metricName: `${name}_bucket`, ...exemplarOf(exemplars[place]) };
  });
  return [
    ...buckets,
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ];
};

const valuesOf = ({ metric, series, histogram }: MetricSnapshot): readonly Value[] =>
  series === undefined
    ? histogram.flatMap((one) => histogramValues(metric.name, metric.buckets ?? [], one))
    : numberValues(series);

const exposed = (snapshot: MetricSnapshot): Exposed => {
  const { name, help, kind: type } = snapshot.metric;
  return {
    name,
    help,
    type,
    // The writer renames counters for OpenMetrics.
    async get() {
      return { name: this.name, help, type, values: valuesOf(snapshot) };
    },
  };
};

/** The metrics of another registry, under names of their own: what is renamed for one form must not stay so for the other. */
const borrowed = (registry: Registry): readonly Exposed[] =>
  registry.getMetricsAsArray().map((metric) => {
    const { name, help, type } = metric as unknown as Exposed;
    return {
      name,
      help,
      type: String(type),
      async get() {
        const { values } = await (metric as unknown as Exposed).get();
        return { name: this.name, help, type: String(type), values };
      },
    };
  });

/** All numbers at this moment, as text of the one form or the other. @param own those of the process, where they are kept. */
export const expose = async (
  instruments: Instruments,
  form: RegistryContentType,
  own: Registry | undefined,
): Promise<string> => {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(form);
  for (const metric of [...instruments.snapshot().map(exposed), ...(own === undefined ? [] : borrowed(own))]) {
    registry.registerMetric(metric as never);
  }
  return registry.metrics();
};
