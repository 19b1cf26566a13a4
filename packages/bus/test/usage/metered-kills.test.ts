import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/directories.js';
import { meteredKills } from '../support/metered-kills.js';

const seed = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);

test(`what is counted is what was committed, also through kill -9 in the middle of it (seed ${seed})`, {
  timeout: 90_000,
}, async () => {
  const script = new URL('../support/metered-sender.ts', import.meta.url);
  const counted = await meteredKills({ directory: temporaryDirectory(), seed, sends: 3000, kills: 4, script });
  const { log, ledger, lines, events, lost } = counted;
  expect(log.admissions).toBeGreaterThanOrEqual(3000);
  expect(lost).toBe(0);
  expect(ledger).toEqual(log.sums);
  expect(lines).toEqual(log.sums);
  expect(events).toEqual(log.sums);
});
