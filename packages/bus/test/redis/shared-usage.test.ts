import { seededRandom, systemClock } from '@charterbus/core-models';
import { Child } from '@charterbus/tooling/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentHandle, Bus } from '../../src/index.js';
import { temporaryDirectory } from '../support/directories.js';
import { toWorker } from '../support/fleet.js';
import { comeToRest } from '../support/metered-kills.js';
import { everywhere, fleetOn, needsRedis, ownRedis } from '../support/redis.js';
import { countsOfLedger, countsOfLog } from '../support/usage-counts.js';

needsRedis();

const seed = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);

const script = new URL('../support/metered-sender.ts', import.meta.url);

/** Reads on until it has sent so many hundreds more. */
const sends = async (child: Child, hundreds: number): Promise<void> => {
  for (let said = 0; said < hundreds; ) {
    const line = await child.line();
    if (line === undefined) throw new Error('The sender ended by itself.');
    if (line === 'sent') said += 1;
  }
};

const untilCounted = (bus: Bus): Promise<void> => bus.operations.usage.settled(AbortSignal.timeout(20_000));

test(`two processes count one log, one of them killed, and nothing is counted twice or not (seed ${seed})`, {
  timeout: 60_000,
}, async () => {
  const server = await ownRedis();
  const random = seededRandom(seed);
  const [some = 0, more = 0] = random.bytes(2);
  const directory = temporaryDirectory();
  const start = (place: number): Child => {
    const child = new Child(script, directory, String(seed * 10 + place), '', server.url);
    onTestFinished(() => child.kill());
    return child;
  };
  const first = start(0);
  await sends(first, 1);
  const second = start(1);
  await Promise.all([sends(first, 1 + (some % 4)), sends(second, 1 + (more % 4))]);
  await first.kill();
  await sends(second, 2);
  await second.kill();
  const { buses } = await fleetOn(server.url, 1, { redis: { prefix: 'charterbus', silenceMs: 500 } });
  const [bus] = buses as [Bus];
  await comeToRest(bus);
  await untilCounted(bus);
  const log = await countsOfLog(bus);
  expect(log.admissions).toBeGreaterThan(400);
  expect(await countsOfLedger(bus, systemClock.now())).toEqual(log.sums);
  expect(await bus.operations.leafCount()).toBe(log.leaves);
});

test('a log that is full goes on being counted while it is written: what is still there is not taken for lost', {
  timeout: 30_000,
}, async () => {
  const server = await ownRedis();
  const { buses } = await fleetOn(server.url, 2, { redis: { leavesKept: 1500 } });
  const [bus, other] = buses as [Bus, Bus];
  const [planner] = (await everywhere(buses, 'planner')) as [AgentHandle];
  await everywhere(buses, 'worker');
  let sent = 0;
  while (sent < 4000) {
    const sending = Array.from({ length: 200 }, () => planner.send(toWorker()));
    for (let look = 0; look < 3; look++) await Promise.all([untilCounted(bus), untilCounted(other)]);
    await Promise.all(sending);
    sent += sending.length;
  }
  await untilCounted(bus);
  const totals = await countsOfLedger(bus, systemClock.now());
  expect(bus.operations.usage.progress.filter(({ lost }) => lost > 0)).toEqual([]);
  expect(totals['planner agent_message']).toBe(sent);
});
