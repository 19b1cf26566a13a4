import { deliveryMetrics } from './catalogue/delivery.js';
import { judgementMetrics } from './catalogue/judgement.js';
import { serverMetrics } from './catalogue/server.js';
import { usageMetrics } from './catalogue/usage.js';

/** Every metric of Charterbus by its name: what Prometheus, OpenTelemetry, the dashboard and the documentation go by. */
export const metricCatalogue = Object.freeze({
  ...judgementMetrics,
  ...deliveryMetrics,
  ...serverMetrics,
  ...usageMetrics,
});

export type MetricName = keyof typeof metricCatalogue;

type NamesOf<Kind> = {
  [Name in MetricName]: (typeof metricCatalogue)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];

export type CounterName = NamesOf<'counter'>;
export type GaugeName = NamesOf<'gauge'>;
export type HistogramName = NamesOf<'histogram'>;
