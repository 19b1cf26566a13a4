import { describe, expect, test } from 'vitest';
import { Latencies } from '../../src/measure/latencies.js';
import type { Sample } from '../../src/measure/sample.js';
import { findRow, suites } from '../../src/suites/registry.js';

const rows = suites.flatMap((suite) => suite.rows.map((row) => ({ suite: suite.name, row: row.name })));
const sample: Sample = { opsPerSecond: 1, p50Us: 1, p90Us: 1, p99Us: 1, counts: { commits: 1 } };

test('every suite has what is ours, and what it is held against', () => {
  expect(suites.map(({ name }) => name)).toEqual([
    'in-process',
    'identity',
    'policy',
    'embedded',
    'redis',
    'operations',
  ]);
  // What is ours over Redis comes with the broker; until then its peers stand alone.
  for (const suite of suites.filter(({ name }) => name !== 'redis')) {
    const kinds = new Set(suite.rows.map(({ kind }) => kind));
    expect(kinds).toContain('ours');
    expect(kinds).toContain('limit');
    expect(suite.ratios.some(({ target }) => target !== undefined)).toBe(true);
  }
});

test.each(suites)('in $name every name is there once, and says what is on and what is left out', ({ rows: all }) => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { kind, profile, leavesOut } of all) {
    expect(profile).not.toBe('');
    expect(leavesOut !== undefined).toBe(kind !== 'ours');
  }
});

test.each(suites)('in $name every comparison is of rows that are there, and has a name of its own', (suite) => {
  const known = new Set(suite.rows.map(({ name }) => name));
  const round = (name: string): Sample => {
    expect(known).toContain(name);
    return sample;
  };
  for (const { value } of suite.ratios) expect(value(round)).not.toBeNaN();
  expect(new Set(suite.ratios.map(({ name }) => name)).size).toBe(suite.ratios.length);
});

describe('each row does its work', () => {
  test.each(rows)('$suite: $row', async ({ suite, row }) => {
    const open = await findRow(suite, row).open();
    try {
      const before = open.counts?.() ?? {};
      const latencies = new Latencies(20);
      await open.batch(20, latencies);
      expect(latencies.percentiles().p50Us).toBeGreaterThanOrEqual(0);
      for (const [name, value] of Object.entries(open.counts?.() ?? {}))
        expect(value).toBeGreaterThan(before[name] ?? 0);
    } finally {
      await open.close();
    }
  });
});

test('a row that is not there is an error', () => {
  expect(() => findRow('policy', 'nowhere')).toThrow('There is no row nowhere in a suite policy.');
  expect(() => findRow('nowhere', 'row')).toThrow(TypeError);
});
