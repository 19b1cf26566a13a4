import { describe, expect, it } from 'vitest';
import { createMemoryRecoveryStore, type RecoveryComponent, type RecoveryStrategy } from '../../src/index.js';
import { ada, down, orchestra, patient } from '../support/orchestra.js';

const invalid = expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error;

describe('a strategy', () => {
  it.each<readonly [RecoveryStrategy, readonly number[]]>([
    ['exponential_backoff', [1, 3, 7, 15, 31]],
    ['linear_backoff', [1, 3, 6, 10, 15]],
    ['immediate', [0, 0, 0, 0, 0]],
  ])('%s makes five attempts, after waits of its own, then has failed', async (strategy, seconds) => {
    const { clock, orchestrator, events, pass } = await orchestra();
    const began = clock.monotonic();
    const at: number[] = [];
    const recover = () => void at.push((clock.monotonic() - began) / 1_000);
    const store = patient('store', { strategy, recover, check: () => false });
    orchestrator.register(store.component);
    await orchestrator.request('store', down);
    await pass(0);
    for (let step = 0; step < 400; step += 1) await pass(100);
    expect(at).toEqual(seconds);
    expect(events.at(-1)).toMatchObject({
      from: 'in_progress',
      to: 'failed',
      record: { attempts: 5, failure: 'CHECK_FAILED' },
    });
    expect(orchestrator.stateOf('store')).toBe('failed');
  });

  it('waits no longer than its longest wait, and by default somewhere below', async () => {
    const { clock, orchestrator, pass } = await orchestra();
    const at: number[] = [];
    const recover = () => void at.push(clock.monotonic());
    const { component } = patient('store', { recover, attempts: 12, jitter: 'full', check: () => false });
    orchestrator.register(component);
    await orchestrator.request('store', down);
    for (let step = 0; step < 700; step += 1) await pass(1_000);
    const waits = at.map((time, place) => time - (at[place - 1] ?? 0));
    expect(waits).toHaveLength(12);
    expect(Math.max(...waits)).toBeLessThanOrEqual(61_000);
    expect(new Set(waits).size).toBeGreaterThan(6);
  });
});

describe('an attempt', () => {
  it('has succeeded only when the check passes', async () => {
    const { orchestrator, events, pass } = await orchestra();
    const store = patient('store', { strategy: 'immediate' });
    store.well = false;
    orchestrator.register({ ...store.component, strategy: 'exponential_backoff' });
    await orchestrator.request('store', down);
    await pass(1_000);
    expect(orchestrator.find('store')).toMatchObject({ state: 'scheduled', attempts: 1, failure: 'CHECK_FAILED' });
    store.well = true;
    await pass(2_000);
    expect(events.map(({ to }) => to)).toEqual(['scheduled', 'in_progress', 'scheduled', 'in_progress', 'succeeded']);
    expect(orchestrator.history).toMatchObject([{ component: 'store', state: 'succeeded', attempts: 2 }]);
    expect(orchestrator.history[0]).not.toHaveProperty('failure');
  });

  it.each<readonly [Partial<RecoveryComponent>, string]>([
    [{ recover: () => Promise.reject(new TypeError('secret')) }, 'TypeError'],
    [
      {
        check: () => {
          throw Object.assign(new Error('secret'), { name: 'a b' });
        },
      },
      'unknown',
    ],
    [{ check: () => 'yes' as unknown as boolean }, 'CHECK_FAILED'],
    [{ recover: () => Promise.withResolvers<void>().promise, deadlineMs: 500 }, 'OPERATION_TIMEOUT'],
    [{ check: () => Promise.withResolvers<boolean>().promise, deadlineMs: 500 }, 'OPERATION_TIMEOUT'],
  ])('fails with a code and no words: %o', async (options, failure) => {
    const { orchestrator, pass } = await orchestra();
    orchestrator.register(patient('store', { attempts: 1, ...options }).component);
    await orchestrator.request('store', down);
    await pass(1_000);
    await pass(500);
    expect(orchestrator.find('store')).toMatchObject({ state: 'failed', failure });
    expect(JSON.stringify(orchestrator.history)).not.toContain('secret');
  });

  it('is not made while the call of an earlier one has not returned', async () => {
    const { orchestrator, pass } = await orchestra();
    const stuck = Promise.withResolvers<void>();
    const calls: AbortSignal[] = [];
    const recover = (signal: AbortSignal) => {
      calls.push(signal);
      return stuck.promise;
    };
    orchestrator.register(patient('store', { recover, deadlineMs: 500, attempts: 3 }).component);
    await orchestrator.request('store', down);
    await pass(1_000);
    await pass(500);
    expect(calls.map(({ aborted }) => aborted)).toEqual([true]);
    await pass(2_000);
    expect(orchestrator.find('store')).toMatchObject({ state: 'scheduled', attempts: 2, failure: 'STILL_RUNNING' });
    stuck.resolve();
    await pass(4_000);
    expect([orchestrator.stateOf('store'), calls.length]).toEqual(['succeeded', 2]);
  });
});

describe('the order of recoveries', () => {
  it('is by priority, lower first, then by age, and so many at a time', async () => {
    const { orchestrator, pass } = await orchestra({ concurrency: 2 });
    const begun: string[] = [];
    const gates = new Map<string, PromiseWithResolvers<void>>();
    for (const [name, priority] of [
      ['a', 5],
      ['b', 1],
      ['c', 5],
      ['d', 1],
      ['e', 9],
    ] as const) {
      const gate = Promise.withResolvers<void>();
      gates.set(name, gate);
      const recover = () => {
        begun.push(name);
        return gate.promise;
      };
      orchestrator.register(patient(name, { priority, recover }).component);
    }
    for (const name of gates.keys()) await orchestrator.request(name, down);
    await pass(1_000);
    expect(begun).toEqual(['b', 'd']);
    gates.get('d')?.resolve();
    await pass(0);
    expect(begun).toEqual(['b', 'd', 'a']);
    for (const gate of gates.values()) gate.resolve();
    await pass(0);
    await pass(0);
    expect(begun).toEqual(['b', 'd', 'a', 'c', 'e']);
    expect(orchestrator.active).toEqual([]);
  });

  it('is not looked at again and again while all places are taken', async () => {
    const { clock, orchestrator, pass } = await orchestra({ concurrency: 1 });
    const gate = Promise.withResolvers<void>();
    orchestrator.register(patient('a', { recover: () => gate.promise }).component);
    const late = patient('b', { initialMs: 2_000 });
    orchestrator.register(late.component);
    for (const name of ['a', 'b']) await orchestrator.request(name, down);
    await pass(1_000);
    // It would never come back if a timer was set for what is due already.
    clock.advance(10_000);
    gate.resolve();
    await pass(0);
    expect(late.attempts).toBe(1);
  });

  it('can be changed by whoever asks', async () => {
    const { orchestrator, pass } = await orchestra({ concurrency: 1 });
    const begun: string[] = [];
    for (const name of ['a', 'b']) {
      orchestrator.register(patient(name, { recover: () => void begun.push(name) }).component);
    }
    await orchestrator.request('a', { ...down, priority: 7 });
    await orchestrator.request('b', { ...down, priority: 0 });
    await pass(1_000);
    await pass(0);
    expect(begun).toEqual(['b', 'a']);
  });

  it('lets nothing begin before what it depends on is well', async () => {
    const { orchestrator, pass } = await orchestra();
    const store = patient('store', { priority: 9 });
    const bus = patient('bus', { priority: 0, dependsOn: ['store'] });
    store.well = false;
    orchestrator.register(bus.component);
    await orchestrator.request('bus', down);
    await pass(1_000);
    expect([bus.attempts, orchestrator.stateOf('bus')]).toEqual([0, 'scheduled']);
    orchestrator.register(store.component);
    await orchestrator.request('store', down);
    await pass(1_000);
    await pass(1_000);
    expect([store.attempts, bus.attempts]).toEqual([1, 0]);
    store.well = true;
    await pass(2_000);
    await pass(0);
    expect([store.attempts, bus.attempts, orchestrator.find('bus')?.attempts]).toEqual([2, 1, 1]);
  });

  it('refuses dependencies in a circle at registration', async () => {
    const { orchestrator } = await orchestra();
    orchestrator.register(patient('a', { dependsOn: ['b', 'x'] }).component);
    orchestrator.register(patient('b', { dependsOn: ['c', 'x'] }).component);
    expect(() => orchestrator.register(patient('c', { dependsOn: ['x', 'a'] }).component)).toThrow('c → a → b → c');
    expect(() => orchestrator.register(patient('d', { dependsOn: ['d'] }).component)).toThrow('d → d');
    orchestrator.register(patient('c', { dependsOn: ['x'] }).component);
  });
});

describe('a request', () => {
  it('joins the recovery that is under way', async () => {
    const { orchestrator } = await orchestra();
    orchestrator.register(patient('store').component);
    const first = await orchestrator.request('store', down);
    const both = await Promise.all([orchestrator.request('store', down), orchestrator.request('store', down)]);
    expect(both).toEqual([first, first]);
    expect(first).toMatchObject({ number: 1, state: 'scheduled', requestedAt: '2026-01-01T00:00:00.000Z' });
  });

  it('is refused for what is not known, is not valid or is too much', async () => {
    const { orchestrator } = await orchestra({ most: 1 });
    await expect(orchestrator.request('store', down)).rejects.toMatchObject({ code: 'COMPONENT_NOT_FOUND' });
    const registration = orchestrator.register(patient('store').component);
    await expect(orchestrator.request('store', { reason: '' })).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    expect(() => orchestrator.register(patient('other').component)).toThrow(invalid);
    await orchestrator.request('store', down);
    registration[Symbol.dispose]();
    orchestrator.register(patient('other').component);
    await expect(orchestrator.request('other', down)).rejects.toMatchObject({ code: 'RECOVERY_LIMIT_REACHED' });
    await orchestrator.close();
    await expect(orchestrator.cancel('store', ada)).rejects.toMatchObject({ code: 'BUS_CLOSED' });
  });
});

describe('a component', () => {
  it.each<Partial<RecoveryComponent>>([
    { name: '' },
    { name: 'a b' },
    { attempts: 0 },
    { priority: -1 },
    { strategy: 'magic' as 'manual' },
    { maxMs: Number.POSITIVE_INFINITY },
  ])('that is none is refused: %o', async (options) => {
    const { orchestrator } = await orchestra();
    expect(() => orchestrator.register(patient('a', options).component)).toThrow(invalid);
  });

  it('that is registered no more makes no attempts, and goes on when it is back', async () => {
    const { orchestrator, pass } = await orchestra();
    const store = patient('store');
    const registration = orchestrator.register(store.component);
    expect(() => orchestrator.register(store.component)).toThrow(invalid);
    await orchestrator.request('store', down);
    registration[Symbol.dispose]();
    registration[Symbol.dispose]();
    await pass(10_000);
    expect([store.attempts, orchestrator.stateOf('store')]).toEqual([0, 'scheduled']);
    orchestrator.register(store.component);
    await pass(0);
    expect([store.attempts, orchestrator.stateOf('store')]).toEqual([1, 'succeeded']);
  });

  it('of whom nothing is known is idle', async () => {
    const { orchestrator } = await orchestra();
    expect([orchestrator.stateOf('store'), orchestrator.find('store')]).toEqual(['idle', undefined]);
  });
});

describe('what has ended', () => {
  it('is remembered up to a bound', async () => {
    const { orchestrator, pass } = await orchestra({ historySize: 3, store: createMemoryRecoveryStore() });
    orchestrator.register(patient('store', { strategy: 'immediate' }).component);
    for (let round = 0; round < 5; round += 1) {
      await orchestrator.request('store', down);
      await pass(0);
    }
    expect(orchestrator.history.map(({ number }) => number)).toEqual([3, 4, 5]);
  });

  it.each([{ concurrency: 0 }, { historySize: 0 }, { most: 1.5 }])('and all else has bounds: %o', async (options) => {
    await expect(orchestra(options)).rejects.toThrow(invalid);
  });
});

describe('events', () => {
  it('come as a stream too, and who throws disturbs nobody', async () => {
    const { orchestrator, failures, pass } = await orchestra();
    orchestrator.watch(() => {
      throw new Error('no');
    });
    const stream = orchestrator.events({ most: 2 });
    orchestrator.register(patient('store').component);
    await orchestrator.request('store', down);
    await pass(1_000);
    await orchestrator.close();
    const seen: string[] = [];
    for await (const { from, to } of stream) seen.push(`${from}>${to}`);
    expect([seen, stream.dropped]).toEqual([['scheduled>in_progress', 'in_progress>succeeded'], 1]);
    expect(failures).toEqual(['recovery watch', 'recovery watch', 'recovery watch']);
  });
});
