import { expect, type TestContext, test } from 'vitest';
import { chaos } from './support/chaos.js';
import { embeddedChaos } from './support/embedded-chaos.js';
import { faultNames } from './support/faults.js';

const minutes = Number(process.env['CHARTERBUS_FAULT_MINUTES'] ?? 0);
const first = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);

/** The last run may begin right before the end. */
const marginMs = 10 * 60_000;

test(`every kind of fault, again and again from the seed ${first} on`, {
  timeout: minutes * 60_000 + marginMs,
}, async (context: TestContext) => {
  if (minutes === 0) context.skip('npm run faults -- --minutes 10 runs it for so long');
  const end = performance.now() + minutes * 60_000;
  let seed = first;
  for (; performance.now() < end; seed++) {
    await chaos('server-long', seed, faultNames, 20);
    await embeddedChaos('embedded-long', seed, ['kill', 'stop', 'set the clock'], 12);
    console.log(`seed ${seed} keeps its promises`);
  }
  expect(seed).toBeGreaterThan(first);
});
