import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '@charterbus/core-models';
import { Instruments } from '@charterbus/metering';
import { context, DiagLogLevel, diag, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { version } from '../version.js';
import {
  type Environment,
  type OtlpSettings,
  otlpSettings,
  readMilliseconds,
  readPairs,
  variable,
} from './otlp-settings.js';
import { samplerOf } from './sampler.js';

/** What was set up, and has to be ended. */
export interface RunningTelemetry {
  /** For the bus: they end with what they are sent by, so that the last numbers are sent as well. */
  readonly instruments: Instruments;
  /** Sends what waits, within the time, and ends. Idempotent; never rejects. */
  shutdown(deadlineMs: number): Promise<void>;
}

const defaultIntervalMs = 60_000;
/** A collector that is away is told of once in a while, not with each batch. */
const complaintsApartMs = 60_000;
/** Series of one metric; what is bounded here must not be cut off there. */
const mostSeries = 20_000;

const resourceOf = (environment: Environment): Resource =>
  resourceFromAttributes({
    'service.name': 'charterbus',
    'service.version': version,
    'service.instance.id': randomUUID(),
    ...readPairs(variable(environment, 'OTEL_RESOURCE_ATTRIBUTES')),
    ...(variable(environment, 'OTEL_SERVICE_NAME') === undefined
      ? {}
      : { 'service.name': variable(environment, 'OTEL_SERVICE_NAME') }),
  });

const tracesTo = (settings: OtlpSettings, resource: Resource, environment: Environment): TracerProvider => {
  const exporter = new OTLPTraceExporter({ ...settings });
  const sampler = samplerOf(environment);
  const provider = new TracerProvider({ resource, sampler, spanProcessors: [new BatchSpanProcessor({ exporter })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return provider;
};

const metricsTo = (settings: OtlpSettings, resource: Resource, environment: Environment): MeterProvider => {
  const interval = variable(environment, 'OTEL_METRIC_EXPORT_INTERVAL');
  const exportIntervalMillis = Math.max(1000, readMilliseconds(interval, defaultIntervalMs));
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ ...settings }),
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(settings.timeoutMillis, exportIntervalMillis),
    cardinalityLimits: { default: mostSeries },
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  return provider;
};

const complainTo = (logger: Logger): void => {
  let last = Number.NEGATIVE_INFINITY;
  const complain = (message: string): void => {
    if (performance.now() - last < complaintsApartMs) return;
    last = performance.now();
    logger.warn({ telemetry: message.slice(0, 300) }, 'telemetry could not be sent');
  };
  const quiet = (): void => undefined;
  diag.setLogger(
    { error: complain, warn: complain, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
};

const unregister = (): void => {
  trace.disable();
  context.disable();
  metrics.disable();
  diag.disable();
};

/** Sets up what the environment asks for; nothing, where it names no endpoint. Before the bus is made, which looks for it. */
export const startTelemetry = (environment: Environment, logger: Logger): RunningTelemetry => {
  const traces = otlpSettings(environment, 'traces');
  const measured = otlpSettings(environment, 'metrics');
  const make = (): Instruments => new Instruments({ clock: systemClock });
  if (traces === undefined && measured === undefined) return { instruments: make(), shutdown: () => Promise.resolve() };
  complainTo(logger);
  const resource = resourceOf(environment);
  const providers = [
    ...(traces === undefined ? [] : [tracesTo(traces, resource, environment)]),
    ...(measured === undefined ? [] : [metricsTo(measured, resource, environment)]),
  ];
  const instruments = make();
  let ended: Promise<void> | undefined;
  const end = async (deadlineMs: number): Promise<void> => {
    const sent = Promise.allSettled(providers.map((provider) => provider.shutdown()));
    await Promise.race([sent, wait(deadlineMs, undefined, { ref: false })]);
    instruments[Symbol.dispose]();
    unregister();
  };
  return { instruments, shutdown: (deadlineMs) => (ended ??= end(deadlineMs)) };
};
