import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const exportEveryMs = 1000;

/** What an SDK has recorded. */
export interface Recording {
  /** Since it began. */
  readonly spans: () => number;
  /** Gives the memory free. */
  readonly forget: () => void;
  readonly end: () => Promise<void>;
}

/** Registers an SDK for this process, which records everything into memory. Before the bus is made, which looks for it. */
export const recordInMemory = (): Recording => {
  const kept = new InMemorySpanExporter();
  const tracers = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: kept })] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: exportEveryMs });
  const meters = new MeterProvider({ readers: [reader] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracers);
  metrics.setGlobalMeterProvider(meters);
  let forgotten = 0;
  return {
    spans: () => forgotten + kept.getFinishedSpans().length,
    forget: () => {
      forgotten += kept.getFinishedSpans().length;
      kept.reset();
      exporter.reset();
    },
    end: async () => {
      trace.disable();
      context.disable();
      metrics.disable();
      await Promise.all([tracers.shutdown(), meters.shutdown()]);
    },
  };
};
