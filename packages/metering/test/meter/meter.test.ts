import { ManualClock } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { createMemoryLedger, createMeter, UsageLog } from '../../src/index.js';
import { recordOf } from '../support/records.js';

const day = { bucket: 'day', from: 0, to: Date.UTC(2027, 0, 1), groupBy: [] } as const;

test('what was committed before and after a source is added is counted once', async () => {
  const clock = new ManualClock();
  const ledger = createMemoryLedger();
  const log = new UsageLog({ name: 'log' });
  for (let n = 0; n < 10; n += 1) log.append(recordOf());
  await using meter = createMeter({ ledger, clock, timers: clock });
  meter.add(log);
  for (let n = 0; n < 10; n += 1) log.append(recordOf());
  await meter.drain();
  expect(await ledger.totals(day)).toMatchObject([{ quantity: 60 }]);
});
