import { describe, expect, it } from 'vitest';
import { type MetricDeclaration, metricCatalogue, openTelemetryName } from '../../src/index.js';

const metrics: readonly MetricDeclaration[] = Object.values(metricCatalogue);
const all = metrics.map((metric) => [metric.name, metric] as const);

/** What exposition and scrapers give a meaning of their own. */
const reservedLabels = new Set(['le', 'quantile', 'job', 'instance', '__name__', 'exported_job', 'exported_instance']);
const reservedSuffixes = /_(count|sum|bucket|info|created)$/;
const foreignUnits =
  /_(milliseconds|microseconds|ms|us|minutes|hours|days|kilobytes|kib|kb|mb|mib|percent|percentage)(_|$)/;
const mostSeries = 20_000;

const seriesOf = ({ labels }: MetricDeclaration): number =>
  labels.reduce((product, label) => product * (('values' in label ? label.values.length : label.most) + 1), 1);

describe('each metric, as promtool would have it', () => {
  it.each(all)('%s has a name in snake case, under one prefix, without its type', (name, { kind }) => {
    expect(name).toMatch(/^charterbus(_[a-z]+)+$/);
    expect(name).not.toMatch(reservedSuffixes);
    expect(name).not.toMatch(/_(counter|gauge|histogram|by)(_|$)/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
  });

  it.each(all)('%s is in base units, which its name tells', (name, { unit }) => {
    expect(name).not.toMatch(foreignUnits);
    const stem = name.replace(/_total$/, '');
    expect(stem.endsWith('_seconds')).toBe(unit === 'seconds');
    expect(stem.endsWith('_bytes')).toBe(unit === 'bytes');
    expect(stem.endsWith('_ratio') && unit !== '1').toBe(false);
  });

  it.each(all)('%s has help: a sentence, which is not its name', (name, { help }) => {
    expect(help).toMatch(/^[A-Z0-9].{8,}\.$/);
    expect(help).not.toContain('\n');
    expect(help.toLowerCase()).not.toContain(name);
  });

  it.each(all)('%s has labels of its own, and a bound on its series', (_, metric) => {
    const names = metric.labels.map((label) => label.name);
    expect(new Set(names).size).toBe(names.length);
    for (const label of names) {
      expect(label).toMatch(/^[a-z][a-z_]*$/);
      expect(reservedLabels.has(label)).toBe(false);
    }
    const twice = metric.labels.filter(
      (label) => 'values' in label && new Set(label.values).size < label.values.length,
    );
    expect(twice).toEqual([]);
    expect(names.includes('tenant') || seriesOf(metric) <= mostSeries).toBe(true);
  });

  it.each(all)('%s has buckets if it is a histogram, rising and above zero', (_, { kind, buckets }) => {
    expect(buckets !== undefined).toBe(kind === 'histogram');
    const bounds = [...(buckets ?? [])];
    expect(bounds).toEqual(bounds.toSorted((left, right) => left - right));
    expect(new Set(bounds).size).toBe(bounds.length);
    expect(bounds.every((bound) => bound > 0)).toBe(true);
  });
});

describe('names in OpenTelemetry', () => {
  /** As the exporters to Prometheus translate them: dots become underscores, then unit and `_total`. */
  const translated = ({ name, kind, unit }: MetricDeclaration): string => {
    const suffix = unit === 'seconds' || unit === 'bytes' ? `_${unit}` : '';
    const ratio = unit === '1' && kind === 'gauge' && name.endsWith('_ratio') ? '_ratio' : '';
    return `${openTelemetryName(name).replaceAll('.', '_')}${suffix}${ratio}${kind === 'counter' ? '_total' : ''}`;
  };

  it.each(all)('%s comes out under the same name', (name, metric) => {
    expect(openTelemetryName(name)).toMatch(/^charterbus\.[a-z_]+$/);
    expect(translated(metric)).toBe(name);
  });

  it('are all different', () => {
    expect(new Set(metrics.map(({ name }) => openTelemetryName(name))).size).toBe(metrics.length);
  });
});
