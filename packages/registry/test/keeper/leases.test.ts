import { ManualClock } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { createMemoryRegistry } from '../../src/index.js';

/** A registry whose timers are counted. */
const setUp = () => {
  const clock = new ManualClock();
  let armed = 0;
  const timers = {
    after: (delayMs: number, callback: () => void) => {
      armed += 1;
      const timer = clock.after(delayMs, () => {
        armed -= 1;
        callback();
      });
      let isDisposed = false;
      return {
        [Symbol.dispose]: () => {
          if (!isDisposed) armed -= 1;
          isDisposed = true;
          timer[Symbol.dispose]();
        },
      };
    },
  };
  const registry = createMemoryRegistry({ clock, timers });
  const expired: string[] = [];
  registry.watch(({ kind, agent }) => {
    if (kind === 'expired') expired.push(`${agent.id} ${clock.monotonic()}`);
  });
  const register = (id: string, leaseMs: number) => registry.register({ id, tenant: 'acme', leaseMs });
  return {
    armed: () => armed,
    clock,
    expired,
    reference: (agent: string) => ({ tenant: 'acme', agent }),
    register,
    registry,
  };
};

test('one timer serves all leases, and each runs out at its own moment', async () => {
  const { armed, clock, expired, register } = setUp();
  for (const [id, leaseMs] of [
    ['c', 3000],
    ['a', 1000],
    ['b', 2000],
    ['d', 1000],
  ] as const)
    await register(id, leaseMs);
  expect(armed()).toBe(1);
  clock.advance(5000);
  expect(expired).toEqual(['a 1000', 'd 1000', 'b 2000', 'c 3000']);
  expect(armed()).toBe(0);
});

test('a lease that is renewed runs out as long after the last heartbeat', async () => {
  const { clock, expired, reference, register, registry } = setUp();
  await register('a', 1000);
  for (let count = 0; count < 5; count += 1) {
    clock.advance(999);
    await registry.heartbeat(reference('a'));
  }
  clock.advance(2000);
  expect(expired).toEqual([`a ${5 * 999 + 1000}`]);
});

test('a lease that is made shorter or longer runs from the change on, and one that is taken away never out', async () => {
  const { clock, expired, reference, register, registry } = setUp();
  for (const id of ['longer', 'none', 'shorter']) await register(id, 10_000);
  clock.advance(500);
  await registry.update(reference('shorter'), { leaseMs: 1000 });
  await registry.update(reference('longer'), { leaseMs: 20_000 });
  await registry.update(reference('none'), { leaseMs: null });
  clock.advance(100_000);
  expect(expired).toEqual(['shorter 1500', 'longer 20500']);
});

test('agents that come and go leave nothing behind that would be called out', async () => {
  const { armed, clock, expired, reference, register, registry } = setUp();
  for (let count = 0; count < 3000; count += 1) {
    await register('a', 10_000);
    await registry.unregister(reference('a'));
  }
  await register('a', 10_000);
  expect(armed()).toBe(1);
  clock.advance(20_000);
  expect(expired).toEqual(['a 10000']);
});

test('a registry that is closed calls nothing out any more', async () => {
  const { armed, clock, expired, register, registry } = setUp();
  await register('a', 1000);
  await registry.close();
  clock.advance(5000);
  expect([expired, armed()]).toEqual([[], 0]);
});
