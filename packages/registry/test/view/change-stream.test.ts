import { expect, test } from 'vitest';
import { createMemoryRegistry } from '../../src/index.js';
import { codeOf } from '../support/redis.js';

const acme = (id: string) => ({ id, tenant: 'acme' });

test('changes are iterated over in their order, from the moment at which they were asked for', async () => {
  await using registry = createMemoryRegistry();
  await registry.register(acme('before'));
  using changes = registry.changes();
  const reading = (async () => {
    const seen: string[] = [];
    for await (const { kind, agent } of changes) {
      seen.push(`${kind} ${agent.id}`);
      if (seen.length === 3) break;
    }
    return seen;
  })();
  await registry.register(acme('a'));
  await registry.quarantine({ tenant: 'acme', agent: 'a' }, 'why');
  await registry.unregister({ tenant: 'acme', agent: 'a' });
  expect(await reading).toEqual(['registered a', 'quarantined a', 'unregistered a']);
  expect(await changes.next()).toEqual({ done: true, value: undefined });
});

test('a reader that is too slow is told so, and not of changes with a gap between', async () => {
  await using registry = createMemoryRegistry();
  using changes = registry.changes({ capacity: 2 });
  for (const id of ['a', 'b']) await registry.register(acme(id));
  expect((await changes.next()).value?.agent.id).toBe('a');
  for (const id of ['c', 'd']) await registry.register(acme(id));
  expect(await codeOf(changes.next())).toBe('REGISTRY_STALE');
  expect(await codeOf(changes.next())).toBe('REGISTRY_STALE');
});

test('the stream ends when the registry closes, with what was waiting; an abort ends the waiting at once', async () => {
  const registry = createMemoryRegistry();
  const controller = new AbortController();
  const [quiet, aborted] = [registry.changes(), registry.changes({}, controller.signal)];
  const waiting = codeOf(aborted.next());
  controller.abort();
  expect(await waiting).toBe('ABORTED');
  await registry.register(acme('a'));
  await registry.close();
  expect((await quiet.next()).value?.agent.id).toBe('a');
  expect(await quiet.next()).toEqual({ done: true, value: undefined });
});
