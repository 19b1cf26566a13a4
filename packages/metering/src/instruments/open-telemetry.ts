import { createNoopMeter, type Meter, metrics, type ObservableResult } from '@opentelemetry/api';
import type { Recorder } from './histogram.js';
import type { MetricDeclaration, MetricUnit } from './metric.js';
import type { NumberSeries } from './snapshot.js';

/** The name under which instruments are told from those of other libraries. */
const instrumentationScope = '@charterbus/metering';

/**
 * What OpenTelemetry calls a metric: without unit and suffix, which its exporters to Prometheus put back, so that it has the
 * same name there.
 */
export const openTelemetryName = (name: string): string =>
  name
    .replace(/_total$/, '')
    .replace(/_(seconds|bytes|ratio)$/, '')
    .replace('_', '.');

const unitOf = (unit: MetricUnit): string => {
  if (unit === 'seconds') return 's';
  return unit === 'bytes' ? 'By' : unit;
};

/** The meter of whatever SDK is registered now; nothing where there is none. */
export const registeredMeter = (): Meter | undefined => {
  const meter = metrics.getMeter(instrumentationScope);
  return meter === createNoopMeter() ? undefined : meter;
};

/** Feeds our numbers to a meter: it reads those of counters and gauges when it collects, and is told each measurement. */
export class MeterFeed implements Disposable {
  readonly #meter: Meter;
  readonly #ends = new DisposableStack();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  numbers({ name, kind, unit, help }: MetricDeclaration, read: () => readonly NumberSeries[]): void {
    const options = { description: help, unit: unitOf(unit) };
    const observable =
      kind === 'counter'
        ? this.#meter.createObservableCounter(openTelemetryName(name), options)
        : this.#meter.createObservableGauge(openTelemetryName(name), options);
    const observe = (result: ObservableResult): void => {
      for (const { value, labels } of read()) result.observe(value, labels);
    };
    observable.addCallback(observe);
    this.#ends.defer(() => observable.removeCallback(observe));
  }

  histogram({ name, unit, help, labels, buckets = [] }: MetricDeclaration): Recorder {
    const told = this.#meter.createHistogram(openTelemetryName(name), {
      description: help,
      unit: unitOf(unit),
      advice: { explicitBucketBoundaries: [...buckets] },
    });
    // Of each series always the same list.
    const attributes = new WeakMap<readonly string[], Readonly<Record<string, string>>>();
    return (value, values) => {
      let known = attributes.get(values);
      if (known === undefined) {
        known = Object.fromEntries(labels.map((label, place) => [label.name, values[place] ?? '']));
        attributes.set(values, known);
      }
      told.record(value, known);
    };
  }

  [Symbol.dispose](): void {
    this.#ends.dispose();
  }
}
