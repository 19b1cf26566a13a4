import { type MessageDraft, StoreError } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import {
  type AgentHandle,
  type Bus,
  type HaltTarget,
  memoryBackend,
  type OpenBackend,
  type TopicRecords,
} from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { temporaryDirectory } from '../support/directories.js';
import { claimAll, firstCall, refusal, sendHeld, startBus, startFleet, toWorker, turn } from '../support/fleet.js';

const all = [{ id: 'all', effect: 'permit' }] as const;
const planner = { tenant: 'acme', agent: 'planner' } as const;
const worker = { tenant: 'acme', agent: 'worker' } as const;

const stores = [
  ['in memory', () => ({})],
  ['on SQLite', () => ({ backend: sqliteBackend({ directory: temporaryDirectory() }) })],
] as const;

const codeOf = async (call: Promise<unknown>): Promise<string> => (await refusal(call)).code;

const haltLeaves = async (bus: Bus): Promise<readonly unknown[]> => {
  const leaves: unknown[] = [];
  for (let index = 0; index < (await bus.operations.leafCount()); index++) {
    const leaf = await bus.operations.leaf(index);
    if (leaf?.message.startsWith('halt ') === true) leaves.push(JSON.parse(leaf.text));
  }
  return leaves;
};

/** In memory, with a disk for what operators stop that is full now and then. */
const fullDiskBackend =
  (disk: { readonly full: boolean }): OpenBackend =>
  async (environment) => {
    const backend = await memoryBackend()(environment);
    const { topics } = backend;
    const written = async (write: () => Promise<void>): Promise<void> => {
      if (disk.full) throw new StoreError('STORE_UNAVAILABLE', 'The disk is full.');
      await write();
    };
    const stops: Pick<TopicRecords, 'pause' | 'resume'> = {
      pause: (stop, leaf) => written(() => topics.pause(stop, leaf)),
      resume: (stop, leaf) => written(() => topics.resume(stop, leaf)),
    };
    const records: TopicRecords = {
      subscriptions: () => topics.subscriptions(),
      subscribe: (one) => topics.subscribe(one),
      unsubscribe: (some) => topics.unsubscribe(some),
      pauses: () => topics.pauses(),
      note: (subject, leaf) => topics.note(subject, leaf),
      ...stops,
    };
    return { ...backend, topics: records };
  };

const contents = async (handle: AgentHandle) => (await claimAll(handle)).map(({ message }) => message.content);

const targets: readonly (readonly [string, HaltTarget])[] = [
  ['its sender', planner],
  ['its recipient', worker],
  ['its tenant', { tenant: 'acme' }],
  ['its type', { type: 'query' }],
  ['its type in its tenant', { type: 'query', tenant: 'acme' }],
  ['everything', { everything: true }],
];

describe.each(stores)('the kill switch, %s', (_, store) => {
  it.each(targets)('holds back what is queued when %s is halted, until it is lifted', async (_what, target) => {
    const { bus, planner: sender, worker: handle } = await startFleet({ rules: all, ...store() });
    await sender.send(toWorker({ content: 'queued' }));
    await bus.operations.killSwitch.halt(target, 'rogue');
    expect(await claimAll(handle).catch((error: { code: string }) => error.code)).toEqual(
      target === worker || 'everything' in target || ('tenant' in target && !('type' in target) && !('agent' in target))
        ? 'HALT_IN_FORCE'
        : [],
    );
    expect(bus.counts.queued).toBe(1);
    expect(await bus.operations.killSwitch.lift(target, 'sorted out')).toBe(true);
    expect(await bus.operations.killSwitch.lift(target, 'sorted out')).toBe(false);
    expect(await contents(handle)).toEqual(['queued']);
  });

  it.each(targets)('denies what is sent when %s is halted, and the denial has a leaf', async (_what, target) => {
    const { bus, planner: sender } = await startFleet({ rules: all, ...store() });
    await bus.operations.killSwitch.halt(target, 'rogue');
    const before = await bus.operations.leafCount();
    const expected = target === worker ? 'RECIPIENT_UNREACHABLE' : 'HALT_IN_FORCE';
    const denial = await refusal(sender.send(toWorker()));
    expect(denial.code).toBe(expected);
    expect(await bus.operations.leafCount()).toBe(before + 1);
    expect(JSON.stringify(denial)).not.toContain('rogue');
    await bus.operations.killSwitch.lift(target, 'sorted out');
    expect((await sender.send(toWorker())).status).toBe('accepted');
  });

  it.each(targets)(
    'takes back what is in hand when %s is halted: nothing that its holder says counts',
    async (_w, target) => {
      const { bus, planner: sender, worker: handle } = await startFleet({ rules: all, ...store() });
      await sender.send(toWorker({ content: 'in hand' }));
      const [delivery] = await claimAll(handle);
      const proof = { deliveryId: delivery?.id ?? '', fencingToken: delivery?.fencingToken ?? 0 };
      await bus.operations.killSwitch.halt(target, 'rogue');
      expect(bus.counts).toMatchObject({ queued: 1, leased: 0 });
      for (const call of [handle.ack(proof), handle.nack(proof), handle.extend(proof, 60_000)]) {
        expect(['HALT_IN_FORCE', 'LEASE_LOST']).toContain(await codeOf(call));
      }
      await bus.operations.killSwitch.lift(target, 'sorted out');
      const [again] = await claimAll(handle);
      expect([again?.message.content, again?.attempt]).toEqual(['in hand', 1]);
      expect(await codeOf(handle.ack(proof))).toBe('LEASE_LOST');
    },
  );

  it('tells a handler, whose effects do not count, and gives it the message again once it is lifted', async () => {
    const { bus, planner: sender, worker: handle } = await startFleet({ rules: all, ...store() });
    const begun = firstCall<AbortSignal>();
    const ended = Promise.withResolvers<unknown>();
    const seen: unknown[] = [];
    handle.handle(async ({ content }, { signal, attempt }) => {
      seen.push([content, attempt]);
      if (seen.length > 1) return;
      begun.call(signal);
      await ended.promise;
      return 'too late';
    });
    await sender.send(toWorker({ content: 'work' }));
    const signal = await begun.called;
    await bus.operations.killSwitch.halt(planner, 'rogue');
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'HALT_IN_FORCE' });
    ended.resolve(undefined);
    for (let count = 0; count < 5; count++) await turn();
    expect(bus.counts).toMatchObject({ queued: 1, leased: 0 });
    await bus.operations.killSwitch.lift(planner, 'sorted out');
    while (bus.counts.queued + bus.counts.leased > 0) await turn();
    expect(seen).toEqual([
      ['work', 1],
      ['work', 1],
    ]);
  });

  it('keeps held messages held: nobody can release them while it is on', async () => {
    const { bus, planner: sender, worker: handle } = await startFleet(store());
    const { messageId } = await sendHeld(sender);
    await bus.operations.killSwitch.halt({ type: 'governance_request' }, 'rogue');
    expect(await codeOf(bus.operations.release(messageId, 'fine'))).toBe('HALT_IN_FORCE');
    expect(bus.counts.held).toBe(1);
    await bus.operations.killSwitch.lift({ type: 'governance_request' }, 'sorted out');
    await bus.operations.release(messageId, 'fine');
    expect(await claimAll(handle)).toHaveLength(1);
  });
});

it('stops one tenant, agent or type, and no other of equal name', async () => {
  const { bus, planner: sender, worker: handle, stranger } = await startFleet({ rules: all });
  const { handle: twin } = await bus.register({ tenant: 'rival', id: 'planner' });
  const { killSwitch } = bus.operations;
  await killSwitch.halt(planner, 'one');
  await killSwitch.halt({ type: 'event', tenant: 'acme' }, 'two');
  expect((await twin.send(toWorker({ content: 'from the twin' }))).status).toBe('accepted');
  expect(await contents(stranger)).toEqual(['from the twin']);
  expect((await twin.send({ ...toWorker(), type: 'event' })).status).toBe('accepted');
  expect((await handle.send({ to: { agent: 'worker', tenant: 'rival' }, type: 'query', content: 1 })).status).toBe(
    'accepted',
  );
  const across: MessageDraft = { to: { agent: 'worker', tenant: 'acme' }, type: 'event', content: 1 };
  await twin.send(across);
  expect(await contents(handle)).toEqual([]);
  expect(await codeOf(sender.send(toWorker()))).toBe('HALT_IN_FORCE');
});

it('leaves out of a broadcast whoever is halted, and lets nobody halted subscribe, claim or wait', async () => {
  const { bus, planner: sender, worker: handle } = await startFleet({ rules: all });
  const { handle: other } = await bus.register({ tenant: 'acme', id: 'other' });
  const waiting = handle.claim({ max: 1, waitMs: 1000, leaseMs: 1000, signal: new AbortController().signal });
  await bus.operations.killSwitch.halt(worker, 'rogue');
  const receipt = await sender.broadcast({ type: 'event', content: 'all' });
  expect(receipt.recipients).toEqual({ allowed: 1, held: 0, denied: 0 });
  expect(await contents(other)).toEqual(['all']);
  for (const call of [handle.subscribe('a.b'), handle.unsubscribe('a.b'), claimAll(handle)]) {
    expect(await codeOf(call)).toBe('HALT_IN_FORCE');
  }
  await bus.operations.killSwitch.lift(worker, 'fine');
  await sender.send(toWorker({ content: 'back' }));
  expect((await waiting).map(({ message }) => message.content)).toEqual(['back']);
});

it('survives a restart, and each change has a leaf with its reason', async () => {
  const directory = temporaryDirectory();
  const first = await startBus({ rules: all, backend: sqliteBackend({ directory }) });
  const { token } = await first.bus.register({ tenant: 'acme', id: 'worker' });
  const { handle: sender } = await first.bus.register({ tenant: 'acme', id: 'planner' });
  await sender.send(toWorker({ content: 'kept' }));
  await first.bus.operations.killSwitch.halt({ type: 'query' }, 'rogue');
  await first.bus.drain(0);
  const { bus } = await startBus({ rules: all, backend: sqliteBackend({ directory }) });
  expect(bus.operations.killSwitch.all).toMatchObject([{ type: 'query', reason: 'rogue' }]);
  expect(bus.operations.pauses).toEqual([]);
  const handle = bus.connect(token);
  expect(await contents(handle)).toEqual([]);
  await bus.operations.killSwitch.lift({ type: 'query' }, 'sorted out');
  expect(await contents(handle)).toEqual(['kept']);
  expect(await haltLeaves(bus)).toMatchObject([
    { kind: 'halt', event: 'halted', what: 'halt-type', tenant: '', name: 'query', reason: 'rogue' },
    { kind: 'halt', event: 'lifted', what: 'halt-type', tenant: '', name: 'query', reason: 'sorted out' },
  ]);
});

it('takes nothing that is no target, no change without a reason, and no more than a thousand', async () => {
  const { bus } = await startFleet({ rules: all });
  const { killSwitch } = bus.operations;
  const wrong: readonly unknown[] = [
    {},
    { tenant: '' },
    { agent: 'worker' },
    { type: 'gossip' },
    { everything: false },
    { everything: true, tenant: 'acme' },
    { tenant: 'acme', agent: 'worker', type: 'query' },
  ];
  for (const target of wrong) expect(await codeOf(killSwitch.halt(target as HaltTarget, 'x'))).toBe('REQUEST_INVALID');
  for (const reason of [undefined, '', 'x'.repeat(1001)]) {
    expect(await codeOf(killSwitch.halt(worker, reason as string))).toBe('REQUEST_INVALID');
    expect(await codeOf(killSwitch.lift(worker, reason as string))).toBe('REQUEST_INVALID');
  }
  expect(killSwitch.all).toEqual([]);
  for (let number = 0; number < 1000; number++) await killSwitch.halt({ tenant: 'acme', agent: `a${number}` }, 'x');
  await killSwitch.halt({ tenant: 'acme', agent: 'a7' }, 'again');
  expect(await codeOf(killSwitch.halt(worker, 'x'))).toBe('HALT_LIMIT_REACHED');
});

it('is in force at once where it cannot be kept, until it is lifted; what cannot be written is not lifted', async () => {
  const disk = { full: false };
  const backend = fullDiskBackend(disk);
  const { bus, planner: sender, worker: handle } = await startFleet({ rules: all, backend });
  await sender.send(toWorker({ content: 'queued' }));
  disk.full = true;
  expect(await codeOf(bus.operations.killSwitch.halt(planner, 'rogue'))).toBe('STORE_UNAVAILABLE');
  expect(await contents(handle)).toEqual([]);
  expect(bus.operations.killSwitch.all).toMatchObject([planner]);
  expect(await codeOf(bus.operations.killSwitch.lift(planner, 'fine'))).toBe('STORE_UNAVAILABLE');
  expect(await contents(handle)).toEqual([]);
  disk.full = false;
  expect(await bus.operations.killSwitch.lift(planner, 'fine')).toBe(true);
  expect(await contents(handle)).toEqual(['queued']);
});
