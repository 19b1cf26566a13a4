import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Namespace, openMemoryStore, openSqliteStore } from '@charterbus/store';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { meteringNamespace, openSqliteLedger } from '../../src/sqlite/index.js';
import { ledgerConformance } from '../../src/testing/index.js';
import { recordOf } from '../support/records.js';

ledgerConformance({ describe, it }, async (options) => {
  const store = await openMemoryStore({ namespaces: [meteringNamespace] });
  onTestFinished(() => store.close());
  return openSqliteLedger({ store, ...options });
});

const whole = { bucket: 'day', from: 0, to: Date.UTC(2027, 0, 1), operation: 'agent_message', groupBy: [] } as const;

test('what was counted is there when the store is opened again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-metering-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const entry = { source: 'log', from: 0, to: 1, records: [{ ...recordOf(), index: 0 }] };
  for (const isFirst of [true, false]) {
    await using store = await openSqliteStore({ directory, namespaces: [meteringNamespace] });
    await using ledger = openSqliteLedger({ store });
    expect(await ledger.record(entry)).toBe(isFirst);
    expect(await ledger.totals(whole)).toMatchObject([{ quantity: 1 }]);
  }
});

test('counting shares its commit with whatever else waits, and what the store refuses counts nothing', async () => {
  const other: Namespace = {
    name: 'other',
    migrations: ['CREATE TABLE other_rows (id INTEGER PRIMARY KEY) STRICT'],
    writes: { add: 'INSERT INTO other_rows (id) VALUES (?)' },
    reads: {},
  };
  await using store = await openMemoryStore({ namespaces: [meteringNamespace, other] });
  const ledger = openSqliteLedger({ store });
  const records = [{ ...recordOf(), index: 0 }];
  await Promise.all([
    ledger.record({ source: 'log', from: 0, to: 1, records }),
    store.commit([{ namespace: 'other', statement: 'add', values: [1] }]),
  ]);
  expect(store.counts.commits).toBe(1);
  const broken = [{ ...recordOf({ agent: '\uD800' }), index: 1 }];
  await expect(
    Promise.resolve(ledger.record({ source: 'log', from: 1, to: 2, records: broken })),
  ).rejects.toMatchObject({
    code: 'STORE_WRITE_REFUSED',
  });
  expect(await ledger.cursor('log')).toBe(1);
});

test('a long answer lets others have their turn', async () => {
  await using store = await openMemoryStore({ namespaces: [meteringNamespace] });
  const ledger = openSqliteLedger({ store });
  const records = Array.from({ length: 6000 }, (_, index) => ({ ...recordOf({ at: index * 60_000 }), index }));
  await ledger.record({ source: 'log', from: 0, to: records.length, records });
  let turns = 0;
  const turn = setInterval(() => (turns += 1), 0);
  const totals = await ledger.totals({ ...whole, bucket: 'minute', limit: 10_000 });
  clearInterval(turn);
  expect(totals.length).toBe(6000);
  expect(turns).toBeGreaterThan(0);
});

test('options out of bounds are refused', async () => {
  await using store = await openMemoryStore({ namespaces: [meteringNamespace] });
  for (const options of [{ rowsPerTenant: 0 }, { retention: { minuteMs: -1 } }]) {
    expect(() => openSqliteLedger({ store, ...options })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error,
    );
  }
});
