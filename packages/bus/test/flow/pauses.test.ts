import { expect, it } from 'vitest';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import { claimAll, type FleetOptions, refusal, startBus, startFleet, toWorker, turn } from '../support/fleet.js';

const worker = { tenant: 'acme', agent: 'worker' } as const;
const all = [{ id: 'all', effect: 'permit' }] as const;

const startAll = (options: FleetOptions = {}) => startFleet({ rules: all, ...options });

it('what is paused is given to nobody until it is resumed, whoever asks', async () => {
  const { bus, planner, worker: handle } = await startAll();
  await planner.send(toWorker({ content: 'before' }));
  await bus.operations.pause(worker, 'repairs');
  await planner.send(toWorker({ content: 'after' }));
  const handled = new Set<unknown>();
  expect(await claimAll(handle)).toEqual([]);
  const subscription = handle.handle(({ content }) => void handled.add(content));
  for (let count = 0; count < 5; count++) await turn();
  expect(handled.size).toBe(0);
  expect(bus.counts.queued).toBe(2);
  expect(await bus.operations.resume(worker, 'repaired')).toBe(true);
  expect(await bus.operations.resume(worker)).toBe(false);
  while (bus.counts.queued + bus.counts.leased > 0) await turn();
  expect(handled).toEqual(new Set(['after', 'before']));
  await subscription.stop();
});

it('leases in hand may settle, others are not held up, and what expires does', async () => {
  const { bus, clock, planner, worker: handle, stranger } = await startAll();
  await planner.send(toWorker());
  const [delivery] = await claimAll(handle);
  const { messageId } = await planner.send(toWorker({ expiresAt: clock.now() + 1000 }));
  await bus.operations.pause(worker, 'repairs');
  await handle.ack({ deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 });
  await planner.send({ ...toWorker(), to: { agent: 'worker', tenant: 'rival' } });
  expect(await claimAll(stranger)).toHaveLength(1);
  clock.advance(1000);
  await turn();
  expect((await bus.operations.trace(messageId)).status).toBe('expired');
});

it('topics are paused by patterns, groups by name, and tenants as a whole', async () => {
  const { bus, planner, worker: handle } = await startAll();
  await handle.subscribe('orders.>');
  await handle.subscribe('jobs.>', { group: 'crew' });
  const publish = (topic: string) => planner.send({ to: { topic }, type: 'event', content: topic });
  const given = async () => (await claimAll(handle)).map(({ message }) => message.content);
  const { operations } = bus;
  await operations.pause({ tenant: 'acme', topic: 'orders.*.created' }, 'one');
  await operations.pause({ tenant: 'acme', group: 'crew' }, 'two');
  for (const topic of ['orders.eu.created', 'orders.eu.paid', 'jobs.new']) await publish(topic);
  expect(await given()).toEqual(['orders.eu.paid']);
  await operations.resume({ tenant: 'acme', group: 'crew' });
  expect(await given()).toEqual(['jobs.new']);
  await operations.pause({ tenant: 'acme' }, 'three');
  await operations.resume({ tenant: 'acme', topic: 'orders.*.created' });
  expect(await given()).toEqual([]);
  expect(operations.pauses).toMatchObject([{ tenant: 'acme', reason: 'three' }]);
  await operations.resume({ tenant: 'acme' });
  expect(await given()).toEqual(['orders.eu.created']);
});

it('a pause survives a restart, and each has a leaf in the audit log', async () => {
  const directory = temporaryDirectory();
  const first = await startBus({ rules: all, backend: sqliteBackend({ directory }) });
  const { token } = await first.bus.register({ tenant: 'acme', id: 'worker' });
  const { handle: planner } = await first.bus.register({ tenant: 'acme', id: 'planner' });
  const { messageId } = await planner.send(toWorker());
  await first.bus.operations.pause(worker, 'repairs');
  await first.bus.drain(0);
  const { bus } = await startBus({ rules: all, backend: sqliteBackend({ directory }) });
  expect(bus.operations.pauses).toMatchObject([{ ...worker, reason: 'repairs' }]);
  const handle = bus.connect(token);
  expect(await claimAll(handle)).toEqual([]);
  await bus.operations.resume(worker, 'repaired');
  expect((await claimAll(handle)).map(({ message }) => message.id)).toEqual([messageId]);
  const leaves = [];
  for (let index = 0; index < (await bus.operations.leafCount()); index++) {
    const leaf = await bus.operations.leaf(index);
    if (leaf?.message.startsWith('pause ') === true) leaves.push(JSON.parse(leaf.text));
  }
  expect(leaves).toMatchObject([
    { kind: 'pause', event: 'paused', what: 'agent', tenant: 'acme', name: 'worker', reason: 'repairs' },
    { kind: 'pause', event: 'resumed', what: 'agent', tenant: 'acme', name: 'worker', reason: 'repaired' },
  ]);
});

it('a reply that was held back by a pause reaches its request', async () => {
  const { bus, planner, worker: handle } = await startAll();
  handle.handle(() => 'done');
  const sender = { tenant: 'acme', agent: 'planner' };
  await bus.operations.pause(sender, 'x');
  const requested = planner.request(toWorker());
  for (let count = 0; count < 5; count++) await turn();
  expect(bus.counts.queued).toBe(1);
  await bus.operations.resume(sender, 'y');
  expect((await requested).content).toBe('done');
});

it('what is no agent, group, topic or tenant cannot be paused, nor more than a thousand things', async () => {
  const { bus } = await startAll();
  const { operations } = bus;
  for (const target of [
    { tenant: '/' },
    { tenant: 'acme', agent: '#x' },
    { tenant: 'acme', topic: 'a..b' },
    { tenant: 'acme', group: '' },
    { tenant: 'acme', group: 'a', agent: 'b' },
  ]) {
    expect((await refusal(operations.pause(target, 'x'))).code).toBe('REQUEST_INVALID');
  }
  expect((await refusal(operations.pause(worker, ''))).code).toBe('REQUEST_INVALID');
  for (let number = 0; number < 1000; number++) await operations.pause({ tenant: 'acme', agent: `a${number}` }, 'x');
  await operations.pause({ tenant: 'acme', agent: 'a7' }, 'again');
  expect((await refusal(operations.pause(worker, 'x'))).code).toBe('PAUSE_LIMIT_REACHED');
});
