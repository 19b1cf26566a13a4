import type { Clock } from '@charterbus/core-models';
import type { Meter } from '@opentelemetry/api';
import { type CounterName, type GaugeName, type HistogramName, metricCatalogue } from './catalogue.js';
import type { NumberCell } from './cell.js';
import { HistogramFamily, NumberFamily, type Reading } from './families.js';
import type { HistogramCell } from './histogram.js';
import type { MetricDeclaration } from './metric.js';
import { MeterFeed, registeredMeter } from './open-telemetry.js';
import type { MetricSnapshot } from './snapshot.js';

export interface InstrumentsOptions {
  /** Gives exemplars their time. */
  readonly clock: Pick<Clock, 'now'>;
  /** What is told all numbers as well. Default: that of the OpenTelemetry SDK that is registered by now, if there is one. */
  readonly meter?: Meter;
}

/**
 * The numbers of one bus, by the catalogue. Whoever counts keeps the cell of its series: adding to it is an addition, and
 * nothing is looked up or allocated. The number of series is bounded whatever labels come.
 */
export class Instruments implements Disposable {
  readonly #numbers = new Map<string, NumberFamily>();
  readonly #histograms = new Map<string, HistogramFamily>();
  readonly #feed: MeterFeed | undefined;

  constructor({ clock, meter = registeredMeter() }: InstrumentsOptions) {
    this.#feed = meter && new MeterFeed(meter);
    const metrics: readonly MetricDeclaration[] = Object.values(metricCatalogue);
    for (const metric of metrics) {
      if (metric.kind === 'histogram') {
        const record = this.#feed?.histogram(metric);
        this.#histograms.set(metric.name, new HistogramFamily(metric, () => clock.now(), record));
      } else {
        const family = new NumberFamily(metric);
        this.#numbers.set(metric.name, family);
        // What has no labels is there from the beginning: 0 is not the same as nothing. A gauge is there once it is set.
        if (metric.kind === 'counter' && metric.labels.length === 0) family.at([]);
        this.#feed?.numbers(metric, () => family.series());
      }
    }
  }

  /** The series of a counter, by the values of its labels in their order. */
  counter(name: CounterName, ...labels: readonly string[]): NumberCell {
    return this.#family(name).at(labels);
  }

  gauge(name: GaugeName, ...labels: readonly string[]): NumberCell {
    return this.#family(name).at(labels);
  }

  histogram(name: HistogramName, ...labels: readonly string[]): HistogramCell {
    const family = this.#histograms.get(name);
    if (family === undefined) throw new RangeError(`There is no histogram ${name}.`);
    return family.at(labels);
  }

  /** Numbers that are kept elsewhere are read when somebody looks. A reader that throws tells nothing that time. */
  read(name: CounterName | GaugeName, reader: () => Iterable<Reading>): Disposable {
    return this.#family(name).read(reader);
  }

  /** All metrics of which there is a series, in the order of the catalogue. */
  snapshot(): readonly MetricSnapshot[] {
    const found: MetricSnapshot[] = [];
    for (const metric of Object.values(metricCatalogue)) {
      const histogram = this.#histograms.get(metric.name)?.series();
      const series = this.#numbers.get(metric.name)?.series();
      if (histogram !== undefined && histogram.length > 0) found.push({ metric, histogram });
      else if (series !== undefined && series.length > 0) found.push({ metric, series });
    }
    return found;
  }

  /** Ends what is told to a meter. */
  [Symbol.dispose](): void {
    this.#feed?.[Symbol.dispose]();
  }

  #family(name: string): NumberFamily {
    const family = this.#numbers.get(name);
    if (family === undefined) throw new RangeError(`There is no counter or gauge ${name}.`);
    return family;
  }
}
