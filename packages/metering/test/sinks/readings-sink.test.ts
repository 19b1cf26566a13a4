import { expect, test } from 'vitest';
import { createReadingsSink } from '../../src/index.js';
import { recordOf } from '../support/records.js';

const signal = new AbortController().signal;

test('counters of Prometheus grow with what is counted, and no agent has a series', () => {
  const sink = createReadingsSink();
  const records = [
    recordOf({ inputTokens: 5, costMicros: 250_000, bytes: 3 }),
    recordOf({ agent: 'bob', inputTokens: 1, outputTokens: 2, costMicros: 250_000 }),
    recordOf({ outcome: 'deny', operations: { agent_message: 1 } }),
  ].map((record, index) => ({ ...record, index }));
  expect(sink.take({ source: 'log', from: 0, to: 3, records }, signal)).toBe(3);
  const labels = { tenant: 'acme', tier: 'standard', outcome: 'allow' };
  const series = Object.fromEntries(sink.readings().map((reading) => [reading.name, reading.series]));
  expect(series).toEqual({
    charterbus_usage_operations_total: [
      { labels: { ...labels, operation: 'agent_message' }, value: 2 },
      { labels: { ...labels, operation: 'policy_evaluation' }, value: 4 },
      { labels: { ...labels, outcome: 'deny', operation: 'agent_message' }, value: 1 },
    ],
    charterbus_usage_bytes_total: [{ labels, value: 3 }],
    charterbus_usage_tokens_total: [
      { labels: { ...labels, direction: 'input' }, value: 6 },
      { labels: { ...labels, direction: 'output' }, value: 2 },
    ],
    charterbus_usage_cost_total: [{ labels, value: 0.5 }],
  });
  expect(sink.readings().every(({ help, labelNames }) => help.endsWith('.') && !labelNames.includes('agent'))).toBe(
    true,
  );
});

test('tenants beyond the bound share one series', async () => {
  const sink = createReadingsSink({ tenants: 2 });
  const records = Array.from({ length: 1000 }, (_, index) => ({ ...recordOf({ tenant: `t${index}` }), index }));
  await sink.take({ source: 'log', from: 0, to: 1000, records }, signal);
  const [operations] = sink.readings();
  const messages = operations?.series.filter(({ labels }) => labels['operation'] === 'agent_message');
  expect(messages?.map(({ labels, value }) => [labels['tenant'], value])).toEqual([
    ['t0', 1],
    ['t1', 1],
    ['*', 998],
  ]);
});
