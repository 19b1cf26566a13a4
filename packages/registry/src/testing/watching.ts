import assert from 'node:assert/strict';
import type { RegistryChange } from '../agents.js';
import { alice, aliceDraft, codeOfPromise, type Suite } from './suite.js';

export const watching = (it: Suite): void => {
  it('tells of each change after it is visible, until it is disposed of', async (registry) => {
    const seen: string[] = [];
    const watch = registry.watch(({ kind, agent }: RegistryChange) => {
      seen.push(`${kind} ${agent.id} ${registry.find(alice) === undefined ? 'gone' : 'there'}`);
    });
    await registry.register(aliceDraft);
    await codeOfPromise(registry.register(aliceDraft));
    await registry.unregister(alice);
    watch[Symbol.dispose]();
    await registry.register(aliceDraft);
    assert.deepEqual(seen, ['registered alice there', 'unregistered alice gone']);
  });
  const thrown: unknown[] = [];
  it(
    'is not stopped by a watcher that throws',
    async (registry) => {
      const seen: string[] = [];
      using _first = registry.watch(() => assert.fail('watcher'));
      using _second = registry.watch(({ kind }) => seen.push(kind));
      await registry.register(aliceDraft);
      assert.deepEqual(seen, ['registered']);
      assert.equal(thrown.length, 1);
    },
    { onWatcherError: (error) => thrown.push(error) },
  );
};
