import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, onTestFinished, test } from 'vitest';
import { Instruments } from '../../src/index.js';

const startMeter = () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  const collect = async (): Promise<ReadonlyMap<string, MetricData>> => {
    exporter.reset();
    await provider.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
  };
  return { meter: provider.getMeter('test'), collect };
};

test('a meter reads counters and gauges when it collects, and is told each measurement', async () => {
  const { meter, collect } = startMeter();
  const instruments = new Instruments({ clock: { now: () => 0 }, meter });
  instruments.counter('charterbus_settlements_total', 'delivered').add(3);
  instruments.read('charterbus_queue_messages', () => [[7, 'queued']]);
  instruments.histogram('charterbus_admission_seconds', 'accepted').observe(0.002);
  const found = await collect();
  expect(found.get('charterbus.settlements')?.dataPoints[0]).toMatchObject({
    value: 3,
    attributes: { outcome: 'delivered' },
  });
  const queued = found.get('charterbus.queue_messages');
  expect(queued?.dataPoints[0]).toMatchObject({ value: 7, attributes: { state: 'queued' } });
  const admissions = found.get('charterbus.admission');
  expect(admissions?.descriptor.unit).toBe('s');
  const admission = admissions?.dataPoints[0] as DataPoint<Histogram> | undefined;
  expect(admission?.attributes).toEqual({ outcome: 'accepted' });
  expect(admission?.value).toMatchObject({ count: 1, sum: 0.002 });
  expect(admission?.value.buckets.boundaries[0]).toBe(0.000_01);
});

test('once disposed of, a meter reads nothing more', async () => {
  const { meter, collect } = startMeter();
  const instruments = new Instruments({ clock: { now: () => 0 }, meter });
  instruments.counter('charterbus_settlements_total', 'delivered').add(3);
  instruments[Symbol.dispose]();
  expect((await collect()).get('charterbus.settlements')?.dataPoints ?? []).toEqual([]);
});
