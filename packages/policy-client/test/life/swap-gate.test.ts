import { expect, test } from 'vitest';
import { SwapGate } from '../../src/life/swap-gate.js';

const held = <T>() => Promise.withResolvers<T>();

test('a swap waits for the commits that have begun, and holds back those that come', async () => {
  const gate = new SwapGate();
  const log: string[] = [];
  const [first, swapped] = [held<void>(), held<void>()];
  const committing = gate.commit(async () => {
    await first.promise;
    log.push('first');
  });
  const swapping = gate.swap(async () => {
    log.push('swap');
    await swapped.promise;
  });
  const waits = gate.swapping?.then(() => log.push('let in'));
  first.resolve();
  await committing;
  expect(gate.swapping).toBeDefined();
  swapped.resolve();
  await Promise.all([swapping, waits]);
  expect([log, gate.swapping]).toEqual([['first', 'swap', 'let in'], undefined]);
});

test('a commit or a swap that fails lets the others go on', async () => {
  const gate = new SwapGate();
  const broken = gate.commit(() => Promise.reject(new Error('disk')));
  const failing = gate.swap(() => Promise.reject(new Error('record')));
  const after = gate.swap(() => Promise.resolve('done'));
  const outcomes = await Promise.allSettled([broken, failing, after]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  expect(gate.swapping).toBeUndefined();
});

test('swaps run one after the other, in the order in which they were asked for', async () => {
  const gate = new SwapGate();
  const log: string[] = [];
  const swap = (name: string) =>
    gate.swap(async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
    });
  await Promise.all(['one', 'two', 'three'].map(swap));
  expect(log).toEqual(['one', 'two', 'three'].flatMap((name) => [`${name} begins`, `${name} ends`]));
});
