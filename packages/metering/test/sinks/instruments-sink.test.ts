import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { createInstrumentsSink, Instruments, type UsageRecord } from '../../src/index.js';

const record = (index: number, tenant: string, more: Partial<UsageRecord> = {}): UsageRecord => ({
  index,
  at: 0,
  tenant,
  agent: 'planner',
  tier: 'standard',
  outcome: 'allow',
  operations: { agent_message: 1, policy_evaluation: 2 },
  ...more,
});

const shown = async (byTenant: boolean | undefined, records: readonly UsageRecord[]) => {
  const instruments = new Instruments({ clock: new ManualClock() });
  await using sink = createInstrumentsSink({ instruments, ...(byTenant === undefined ? {} : { byTenant }) });
  expect(await sink.take({ source: 'log', from: 0, to: records.length, records }, new AbortController().signal)).toBe(
    records.length,
  );
  return Object.fromEntries(
    instruments
      .snapshot()
      .filter(({ metric }) => /^charterbus_usage_(?!lost)/.test(metric.name))
      .map(({ metric, series = [] }) => [metric.name, series.map(({ labels, value }) => ({ ...labels, value }))]),
  );
};

describe('usage in instruments', () => {
  it('adds up operations, and what senders state', async () => {
    const stated = { bytes: 100, inputTokens: 7, outputTokens: 3, costMicros: 250_000 };
    expect(await shown(undefined, [record(0, 'acme', stated), record(1, 'rival', stated)])).toEqual({
      charterbus_usage_operations_total: [
        { operation: 'agent_message', tier: 'standard', outcome: 'allow', tenant: '*', value: 2 },
        { operation: 'policy_evaluation', tier: 'standard', outcome: 'allow', tenant: '*', value: 4 },
      ],
      charterbus_usage_tokens_total: [
        { direction: 'input', tenant: '*', value: 14 },
        { direction: 'output', tenant: '*', value: 6 },
      ],
      charterbus_usage_cost_total: [{ tenant: '*', value: 0.5 }],
      charterbus_usage_bytes_total: [{ tenant: '*', value: 200 }],
    });
  });

  it('tells tenants apart where it is told to, up to a bound', async () => {
    const records = Array.from({ length: 3000 }, (_, n) =>
      record(n, `tenant-${n}`, { operations: { audit_write: 1 } }),
    );
    const { charterbus_usage_operations_total: series = [] } = await shown(true, records);
    expect(series.length).toBeGreaterThan(900);
    expect(series.length).toBeLessThanOrEqual(1001);
    expect(series.reduce((sum, { value }) => sum + value, 0)).toBe(3000);
  });
});
