import { ManualClock, StoreError } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { createMemoryRecoveryStore, type RecoveryStore } from '../../src/index.js';
import { ada, down, orchestra, patient } from '../support/orchestra.js';
import { memoryPlace, sqlitePlace } from '../support/stores.js';

const hangs = () => Promise.withResolvers<void>().promise;

describe.each([
  ['memory', memoryPlace],
  ['SQLite', sqlitePlace],
])('after a restart over %s', (_name, place) => {
  it('what was scheduled is due when it was to be', async () => {
    const open = await place();
    const before = await orchestra({ store: await open() });
    before.orchestrator.register(patient('store', { initialMs: 10_000 }).component);
    await before.orchestrator.request('store', down);
    await before.orchestrator.close();
    const store = patient('store', { initialMs: 10_000 });
    const clock = new ManualClock(before.clock.now() + 4_000);
    const { orchestrator, pass } = await orchestra({ store: await open(), clock });
    orchestrator.register(store.component);
    await pass(5_999);
    expect(store.attempts).toBe(0);
    await pass(1);
    await pass(100);
    expect([store.attempts, orchestrator.find('store')]).toMatchObject([1, { state: 'succeeded', number: 1 }]);
  });

  it('what was in progress has used its attempt', async () => {
    const open = await place();
    const before = await orchestra({ store: await open() });
    before.orchestrator.register(patient('store', { recover: hangs }).component);
    before.orchestrator.register(patient('last', { recover: hangs, attempts: 1 }).component);
    for (const name of ['store', 'last']) await before.orchestrator.request(name, down);
    await before.pass(1_000);
    await before.orchestrator.close();
    const { orchestrator, pass } = await orchestra({ store: await open() });
    expect(orchestrator.stateOf('store')).toBe('in_progress');
    orchestrator.register(patient('store').component);
    orchestrator.register(patient('last', { attempts: 1 }).component);
    await pass(0);
    await pass(0);
    expect(orchestrator.find('store')).toMatchObject({ state: 'scheduled', attempts: 1, failure: 'INTERRUPTED' });
    expect(orchestrator.find('last')).toMatchObject({ state: 'failed', attempts: 1, failure: 'INTERRUPTED' });
    await pass(3_000);
    await pass(0);
    expect(orchestrator.find('store')).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  it('what awaited an operator still does, also where it was interrupted', async () => {
    const open = await place();
    const before = await orchestra({ store: await open() });
    for (const name of ['waiting', 'begun']) {
      before.orchestrator.register(patient(name, { strategy: 'manual', recover: hangs }).component);
      await before.orchestrator.request(name, down);
    }
    await before.orchestrator.confirm('begun', ada);
    await before.pass(0);
    await before.orchestrator.close();
    const { orchestrator, pass } = await orchestra({ store: await open() });
    const patients = ['waiting', 'begun'].map((name) => patient(name, { strategy: 'manual' }));
    for (const { component } of patients) orchestrator.register(component);
    await pass(600_000);
    expect(patients.map(({ attempts }) => attempts)).toEqual([0, 0]);
    expect(orchestrator.active.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['awaiting_manual', 0],
      ['awaiting_manual', 1],
    ]);
    await orchestrator.confirm('begun', ada);
    await pass(0);
    await pass(0);
    expect(orchestrator.stateOf('begun')).toBe('succeeded');
  });

  it('history and numbers go on', async () => {
    const open = await place();
    const before = await orchestra({ store: await open() });
    before.orchestrator.register(patient('store').component);
    await before.orchestrator.request('store', down);
    await before.orchestrator.cancel('store', ada);
    await before.orchestrator.close();
    const { orchestrator } = await orchestra({ store: await open() });
    expect(orchestrator.history).toEqual(before.orchestrator.history);
    orchestrator.register(patient('store').component);
    expect((await orchestrator.request('store', down)).number).toBe(2);
  });
});

describe('a wall clock that was set back', () => {
  it('makes nothing wait for longer than its longest wait', async () => {
    const store = createMemoryRecoveryStore();
    const before = await orchestra({ store });
    before.orchestrator.register(patient('store').component);
    await before.orchestrator.request('store', down);
    await before.orchestrator.close();
    const clock = new ManualClock(before.clock.now() - 86_400_000);
    const { orchestrator, pass } = await orchestra({ store, clock });
    const store2 = patient('store', { maxMs: 5_000 });
    orchestrator.register(store2.component);
    await pass(5_000);
    await pass(0);
    expect(store2.attempts).toBe(1);
  });
});

describe('a store that cannot be written', () => {
  const failing = () => {
    const inner = createMemoryRecoveryStore();
    const state = { failing: false };
    const guarded = (work: () => Promise<void>): Promise<void> =>
      state.failing ? Promise.reject(new StoreError('STORE_UNAVAILABLE', 'The disk is full.')) : work();
    const store: RecoveryStore = {
      load: () => inner.load(),
      save: (record) => guarded(() => inner.save(record)),
      finish: (record, keep) => guarded(() => inner.finish(record, keep)),
    };
    return Object.assign(state, { store });
  };

  it('refuses who asks, and holds up attempts until it can', async () => {
    const disk = failing();
    const { orchestrator, failures, pass } = await orchestra({ store: disk.store });
    const store = patient('store');
    orchestrator.register(store.component);
    disk.failing = true;
    await expect(orchestrator.request('store', down)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(orchestrator.stateOf('store')).toBe('idle');
    disk.failing = false;
    await orchestrator.request('store', down);
    disk.failing = true;
    for (let second = 0; second < 5; second += 1) await pass(1_000);
    expect([store.attempts, orchestrator.find('store')?.attempts]).toEqual([0, 0]);
    expect(failures.length).toBeGreaterThan(2);
    disk.failing = false;
    await pass(1_000);
    await pass(1_000);
    expect([store.attempts, orchestrator.stateOf('store')]).toEqual([1, 'succeeded']);
  });

  it('is told what came of an attempt as soon as it can be, and keeps nobody from closing', async () => {
    const disk = failing();
    const { orchestrator, pass } = await orchestra({ store: disk.store });
    const recover = () => {
      disk.failing = true;
    };
    orchestrator.register(patient('store', { recover }).component);
    await orchestrator.request('store', down);
    await pass(1_000);
    await pass(5_000);
    expect(orchestrator.stateOf('store')).toBe('in_progress');
    disk.failing = false;
    await pass(1_000);
    expect(orchestrator.stateOf('store')).toBe('succeeded');
    await orchestrator.request('store', down);
    await pass(1_000);
    await orchestrator.close();
    expect(orchestrator.stateOf('store')).toBe('in_progress');
  });
});
