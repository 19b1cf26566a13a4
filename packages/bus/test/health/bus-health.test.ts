import { expect, it } from 'vitest';
import { memoryBackend, type OpenBackend } from '../../src/index.js';
import { startBus, startFleet, toWorker } from '../support/fleet.js';

const reasons = (health: {
  readonly current: { readonly components: readonly { name: string; reason: string }[] } | undefined;
}) => Object.fromEntries((health.current?.components ?? []).map(({ name, reason }) => [name, reason]));

it('is known from the start, and healthy', async () => {
  const { bus } = await startBus();
  expect(bus.health.current).toMatchObject({ status: 'healthy', score: 1 });
  expect(reasons(bus.health)).toEqual({ store: 'ok', registry: 'ok', constitution: 'ok', queues: 'ok', usage: 'ok' });
  expect([bus.health.live, bus.health.ready]).toEqual([true, true]);
});

const failingDisk = (): { readonly open: OpenBackend; fails: boolean } => {
  const disk = {
    fails: false,
    open: async (environment: Parameters<OpenBackend>[0]) => ({
      ...(await memoryBackend()(environment)),
      checkWritable: () => (disk.fails ? Promise.reject(new Error('ENOSPC')) : Promise.resolve()),
    }),
  };
  return disk;
};

it('is critical while nothing can be kept, and heals by itself', async () => {
  const disk = failingDisk();
  const { bus } = await startBus({ backend: disk.open });
  disk.fails = true;
  expect(await bus.health.sample()).toMatchObject({ status: 'critical' });
  expect(reasons(bus.health)).toMatchObject({ store: 'check_failed' });
  expect([bus.health.live, bus.health.ready]).toEqual([true, false]);
  disk.fails = false;
  // Better only after some samples in a row.
  for (let n = 0; n < 3; n++) await bus.health.sample();
  expect(bus.health.current).toMatchObject({ status: 'healthy' });
});

it('tells of queues that are nearly full', async () => {
  const { bus, planner } = await startFleet({ delivery: { totalLimit: 10 } });
  for (let n = 0; n < 8; n++) await planner.send(toWorker());
  await bus.health.sample();
  expect(reasons(bus.health)).toMatchObject({ queues: 'crowded' });
  for (let n = 0; n < 2; n++) await planner.send(toWorker());
  await bus.health.sample();
  expect(reasons(bus.health)).toMatchObject({ queues: 'nearly_full' });
});

it('tells of breakers, by their names', async () => {
  const { bus } = await startBus();
  using _breaker = bus.breakers.named('opa:policies.example:8181', { failures: 1 });
  bus.breakers.find('opa:policies.example:8181')?.isolate();
  expect(await bus.health.sample()).toMatchObject({ status: 'critical' });
  expect(reasons(bus.health)).toMatchObject({ 'opa:policies.example:8181': 'breaker_open' });
});
