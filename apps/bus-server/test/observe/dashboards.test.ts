import { readFileSync } from 'node:fs';
import { type MetricDeclaration, metricCatalogue } from '@charterbus/metering';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { processMetrics } from '../../src/observe/process-metrics.js';
import { type Query, readQuery, type Selector } from '../support/promql.js';

const read = (name: string): string => readFileSync(new URL(`../../observability/${name}`, import.meta.url), 'utf8');

const catalogue: ReadonlyMap<string, MetricDeclaration> = new Map(Object.entries(metricCatalogue));
const ofProcess = new Set(
  processMetrics()
    .getMetricsAsArray()
    .map(({ name }) => name),
);
/** What a scraper adds to each series. */
const scraped = new Set(['instance', 'job']);

const dashboard = z
  .looseObject({
    uid: z.string(),
    panels: z.array(
      z.looseObject({
        id: z.int(),
        type: z.enum(['row', 'timeseries']),
        title: z.string().min(1),
        description: z.string().min(1).optional(),
        targets: z.array(z.looseObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).optional(),
      }),
    ),
    templating: z.looseObject({ list: z.array(z.looseObject({ name: z.string(), query: z.string() })) }),
  })
  .parse(JSON.parse(read('grafana-dashboard.json')));

const ruleSchema = z.strictObject({
  alert: z.string().regex(/^Charterbus[A-Z][A-Za-z]+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[smh]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string().min(10), runbook: z.string().min(40) }),
});
const rules = z
  .strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(ruleSchema) })) })
  .parse(parse(read('alert-rules.yaml')))
  .groups.flatMap((group) => group.rules);

const panels = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, shown: legendFormat })),
);
const queries: readonly (readonly [string, string])[] = [
  ...panels.map(({ title, expr }) => [title, expr] as const),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
];

const histogramPart = /_(bucket|sum|count)$/;
const declared = (name: string): MetricDeclaration | undefined =>
  catalogue.get(name) ?? catalogue.get(name.replace(histogramPart, ''));

const labelsOf = ({ labels, kind }: MetricDeclaration): ReadonlySet<string> =>
  new Set([...labels.map(({ name }) => name), ...(kind === 'histogram' ? ['le'] : [])]);

/** What is wrong with a selector, by the metric that it names. */
const faultsOf = ({ metric, matchers, functions, ranged }: Selector): readonly string[] => {
  if (metric === 'up') return [];
  if (ofProcess.has(metric)) return [];
  const found = declared(metric);
  if (found === undefined) return [`there is no metric ${metric}`];
  const faults: string[] = [];
  const isPart = !catalogue.has(metric);
  if (isPart !== (found.kind === 'histogram')) faults.push(`${metric} is not asked for as a ${found.kind}`);
  const counts = found.kind !== 'gauge';
  const [inner] = functions;
  if (counts !== (inner === 'rate' || inner === 'increase'))
    faults.push(`${metric} is a ${found.kind}, in ${inner ?? 'nothing'}`);
  if (counts !== ranged) faults.push(`${metric} is asked for ${ranged ? 'over a time' : 'at one moment'}`);
  if (metric.endsWith('_bucket') !== functions.includes('histogram_quantile'))
    faults.push(`${metric} and histogram_quantile`);
  for (const { label, value } of matchers) faults.push(...matcherFaults(found, label, value));
  return faults;
};

const matcherFaults = (metric: MetricDeclaration, label: string, value: string): readonly string[] => {
  if (scraped.has(label)) return [];
  const known = metric.labels.find(({ name }) => name === label);
  if (known === undefined) return [`${metric.name} has no label ${label}`];
  if (!('values' in known)) return [];
  return value.split('|').flatMap((one) => (known.values.includes(one) ? [] : [`${label} is never ${one}`]));
};

const groupFaults = ({ selectors, groups }: Query): readonly string[] =>
  selectors.flatMap(({ metric, functions }) => {
    const found = declared(metric);
    const labels = found === undefined ? new Set<string>() : labelsOf(found);
    const unknown = groups.filter((label) => !labels.has(label) && !scraped.has(label));
    const needsLe = functions.includes('histogram_quantile') && !groups.includes('le');
    return [...unknown.map((label) => `${metric} has no label ${label}`), ...(needsLe ? ['no le'] : [])];
  });

describe('each query of the dashboard and the alert rules', () => {
  it.each(queries)('%s: %s is about metrics and labels that are there, in functions that fit', (_, text) => {
    const query = readQuery(text);
    expect(query.selectors.length).toBeGreaterThan(0);
    expect([...query.selectors.flatMap(faultsOf), ...groupFaults(query)]).toEqual([]);
  });

  it.each([
    ['rate(charterbus_made_up_total[5m])', 'there is no metric charterbus_made_up_total'],
    ['charterbus_dead_letters_total', 'charterbus_dead_letters_total is a counter, in nothing'],
    ['rate(charterbus_queue_messages[5m])', 'charterbus_queue_messages is a gauge, in rate'],
    ['charterbus_queue_messages{status="queued"}', 'charterbus_queue_messages has no label status'],
    ['charterbus_queue_messages{state="lost"}', 'state is never lost'],
    ['rate(charterbus_commit_seconds[5m])', 'charterbus_commit_seconds is not asked for as a histogram'],
    ['sum by (agent) (charterbus_queue_messages)', 'charterbus_queue_messages has no label agent'],
  ])('%s would be found wrong', (text, fault) => {
    const query = readQuery(text);
    expect([...query.selectors.flatMap(faultsOf), ...groupFaults(query)]).toContain(fault);
  });
});

describe('the dashboard', () => {
  it('shows every metric of the catalogue but those that say the same as another', () => {
    const shown = new Set(
      queries.flatMap(([, text]) => readQuery(text).selectors.map(({ metric }) => declared(metric)?.name)),
    );
    const missing = [...catalogue.keys()].filter((name) => !shown.has(name));
    expect(missing).toEqual(['charterbus_health_status', 'charterbus_usage_bytes_total']);
  });

  it('shows in legends the labels that its queries keep', () => {
    for (const { expr, shown } of panels) {
      const kept = new Set([...readQuery(expr).groups, 'instance']);
      for (const [, label = ''] of shown.matchAll(/\{\{(\w+)\}\}/g)) expect(kept).toContain(label);
    }
  });

  it('has panels with ids of their own, each with a word of explanation, and variables over metrics that are there', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const unexplained = dashboard.panels.filter(({ type, description }) => type !== 'row' && description === undefined);
    expect(unexplained).toEqual([]);
    const over = dashboard.templating.list.find(({ name }) => name === 'instance')?.query ?? '';
    expect(/label_values\((\w+), instance\)/.exec(over)?.[1]).toSatisfy((name: string) => catalogue.has(name));
  });
});

describe('the alert rules', () => {
  it('have names of their own, and fill in labels that their queries keep', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { expr, annotations } of rules) {
      const { selectors, groups } = readQuery(expr);
      const first = selectors[0] && declared(selectors[0].metric);
      const kept = new Set([
        ...(groups.length > 0 ? groups : (first?.labels.map(({ name }) => name) ?? [])),
        'instance',
      ]);
      for (const [, label = ''] of annotations.summary.matchAll(/\$labels\.(\w+)/g)) expect(kept).toContain(label);
    }
  });

  it('speak in their runbooks of metrics that are there', () => {
    const named = rules.flatMap(({ annotations }) =>
      [...annotations.runbook.matchAll(/charterbus_\w+/g)].map(([name]) => name),
    );
    expect(named.filter((name) => !catalogue.has(name))).toEqual([]);
  });
});
