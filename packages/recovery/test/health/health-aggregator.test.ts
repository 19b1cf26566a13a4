import { ManualClock } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import {
  type CheckAnswer,
  CircuitBreakers,
  HealthAggregator,
  type HealthComponentOptions,
  type HealthOptions,
} from '../../src/index.js';
import { flush } from '../support/flush.js';

const made = (options: HealthOptions = {}) => {
  const clock = new ManualClock();
  const failures: string[] = [];
  const onError = (task: string): void => void failures.push(task);
  return { clock, failures, health: new HealthAggregator({ clock, timers: clock, onError, ...options }) };
};

const pushed = (name: string, options: Partial<HealthComponentOptions> = {}): HealthComponentOptions => ({
  name,
  source: { kind: 'pushed' },
  ...options,
});

const reasonOf = (health: HealthAggregator, name: string) => {
  const found = health.current?.components.find((component) => component.name === name);
  return found && [found.score, found.reason];
};

describe('the score of health', () => {
  it('is the mean of its components by their weights', async () => {
    const { health } = made();
    health.add(pushed('store', { weight: 3 }));
    health.add(pushed('screen'));
    health.report('store', 1);
    health.report('screen', 0);
    expect(await health.sample()).toMatchObject({ score: 0.75, status: 'healthy', at: '2026-01-01T00:00:00.000Z' });
    expect(await made().health.sample()).toMatchObject({ score: 1, status: 'healthy' });
  });

  it.each([
    [0.7, 'healthy'],
    [0.69, 'degraded'],
    [0.5, 'degraded'],
    [0.49, 'critical'],
    [0, 'critical'],
  ])('of %d is %s', async (score, status) => {
    const { health } = made();
    health.add(pushed('store'));
    health.report('store', score);
    expect((await health.sample()).status).toBe(status);
  });

  it('does not hide a critical component that is down', async () => {
    const { health } = made({ betterAfter: 1 });
    for (let place = 0; place < 9; place += 1) health.add(pushed(`screen:${place}`));
    for (let place = 0; place < 9; place += 1) health.report(`screen:${place}`, true);
    health.add(pushed('store', { critical: true }));
    health.report('store', false);
    expect(await health.sample()).toMatchObject({ score: 0.9, status: 'critical' });
    health.report('store', 0.1);
    expect((await health.sample()).status).toBe('healthy');
  });

  it('follows breakers: closed 1, half open 0.5, open 0', async () => {
    const { clock, health } = made({ betterAfter: 1 });
    const breakers = new CircuitBreakers({ clock, timers: clock });
    health.add({ name: 'opa', source: { kind: 'breaker', breaker: () => breakers.find('opa:a') } });
    await health.sample();
    expect(reasonOf(health, 'opa')).toEqual([1, 'breaker_missing']);
    const breaker = breakers.named('opa:a', { failures: 1, openMs: 100 });
    await health.sample();
    expect(reasonOf(health, 'opa')).toEqual([1, 'ok']);
    breaker.settle(breaker.enter() ?? -1, 'failure');
    expect((await health.sample()).status).toBe('critical');
    expect(reasonOf(health, 'opa')).toEqual([0, 'breaker_open']);
    clock.advance(100);
    expect((await health.sample()).status).toBe('degraded');
    expect(reasonOf(health, 'opa')).toEqual([0.5, 'breaker_half_open']);
  });
});

describe('a check', () => {
  it.each<readonly [() => CheckAnswer | Promise<CheckAnswer>, number, string]>([
    [() => true, 1, 'ok'],
    [() => Promise.resolve(false), 0, 'check_failed'],
    [() => 0.4, 0.4, 'ok'],
    [() => ({ score: 0.2, reason: 'disk_nearly_full' }), 0.2, 'disk_nearly_full'],
    [() => ({ score: 0.2 }), 0.2, 'ok'],
    [() => ({ score: 1, reason: 'Password hunter2!' }), 0, 'check_invalid'],
    [() => 2, 0, 'check_invalid'],
    [() => Number.NaN, 0, 'check_invalid'],
    [() => undefined as unknown as boolean, 0, 'check_invalid'],
    [() => ({ score: 'x' }) as unknown as boolean, 0, 'check_invalid'],
    [() => Promise.reject(new Error('secret')), 0, 'check_failed'],
    [
      () => {
        throw new Error('secret');
      },
      0,
      'check_failed',
    ],
  ])('that answers %s scores %d: %s', async (check, score, reason) => {
    const { health } = made();
    health.add({ name: 'a', source: { kind: 'check', check } });
    await health.sample();
    expect(reasonOf(health, 'a')).toEqual([score, reason]);
  });

  it('that hangs is 0 at its deadline, is told to stop, and holds up nobody', async () => {
    const { clock, health } = made();
    const answer = Promise.withResolvers<boolean>();
    const seen: AbortSignal[] = [];
    const check = (signal: AbortSignal) => {
      seen.push(signal);
      return answer.promise;
    };
    health.add({ name: 'a', source: { kind: 'check', check, deadlineMs: 200 } });
    const sample = health.sample();
    clock.advance(200);
    expect((await sample).components).toMatchObject([{ score: 0, reason: 'check_late' }]);
    await health.sample();
    expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
    answer.resolve(true);
    await flush();
    await health.sample();
    expect([seen.length, reasonOf(health, 'a')]).toEqual([2, [1, 'ok']]);
  });

  it('of a breaker that throws is a failure', async () => {
    const { health } = made();
    const breaker = () => {
      throw new Error('secret');
    };
    health.add({ name: 'a', source: { kind: 'breaker', breaker } });
    await health.sample();
    expect(reasonOf(health, 'a')).toEqual([0, 'check_failed']);
  });
});

describe('a report', () => {
  it('is missed before the first, and grows stale', async () => {
    const { clock, health } = made();
    health.add(pushed('a', { source: { kind: 'pushed', staleMs: 500 } }));
    await health.sample();
    expect(reasonOf(health, 'a')).toEqual([0, 'report_missing']);
    health.report('a', { score: 1, reason: 'fine' });
    clock.advance(500);
    await health.sample();
    expect(reasonOf(health, 'a')).toEqual([1, 'fine']);
    clock.advance(1);
    await health.sample();
    expect(reasonOf(health, 'a')).toEqual([0, 'report_stale']);
  });

  it('of a component that is none is refused', () => {
    const { health } = made();
    expect(() => health.report('a', 1)).toThrow(expect.objectContaining({ code: 'COMPONENT_NOT_FOUND' }));
  });
});

describe('the status of health', () => {
  const statuses = async (scores: readonly number[], options: HealthOptions = {}) => {
    const { health } = made(options);
    health.add(pushed('a'));
    const seen: string[] = [];
    for (const score of scores) {
      health.report('a', score);
      seen.push((await health.sample()).status.charAt(0));
    }
    return seen.join('');
  };

  it('gets worse at once, and better after three samples in a row', async () => {
    expect(await statuses([1, 0, 1, 1, 1])).toBe('hccch');
    expect(await statuses([1, 0, 1, 1, 0, 1, 1, 1])).toBe('hcccccch');
  });

  it('gets no better than the worst of the samples that led there', async () => {
    expect(await statuses([0, 1, 0.6, 1])).toBe('cccd');
    expect(await statuses([0, 1, 0.6, 1, 1, 1, 1])).toBe('cccdddh');
  });

  it('gets worse as late as the options say, and no worse than all of those samples', async () => {
    expect(await statuses([1, 0, 0.6, 0, 0], { worseAfter: 2 })).toBe('hhddc');
  });
});

describe('sampling', () => {
  it('goes on each second, keeps 300 snapshots, and ends when it is closed', async () => {
    const { clock, health } = made({ historySize: 300 });
    expect([health.ready, health.live, health.current]).toEqual([false, true, undefined]);
    await health.start();
    expect(health.ready).toBe(true);
    for (let second = 0; second < 310; second += 1) {
      clock.advance(1_000);
      await flush();
    }
    expect(health.history).toHaveLength(300);
    expect(health.history[0]?.at).toBe('2026-01-01T00:00:11.000Z');
    await health.close();
    clock.advance(10_000);
    await flush();
    expect([health.history.length, health.current?.at]).toEqual([300, '2026-01-01T00:05:10.000Z']);
    expect([health.live, health.ready]).toEqual([false, false]);
  });

  it('says that the process lives, whatever its components are, unless it is stuck itself', async () => {
    const { clock, health } = made();
    health.add(pushed('store', { critical: true }));
    await health.start();
    expect([health.live, health.ready]).toEqual([true, false]);
    const stuck = Promise.withResolvers<boolean>();
    // A check without end, and without a deadline that would end it.
    health.add({
      name: 'b',
      source: { kind: 'check', check: () => stuck.promise, deadlineMs: Number.POSITIVE_INFINITY },
    });
    clock.advance(31_000);
    expect(health.live).toBe(false);
    stuck.resolve(true);
    await health.close();
  });
});

describe('events of health', () => {
  it('tell of changes of components and of the whole, to callbacks and to streams', async () => {
    const { failures, health } = made();
    const told: string[] = [];
    health.watch(() => {
      throw new Error('no');
    });
    using watching = health.watch((event) => {
      told.push(event.kind === 'status' ? `${event.from ?? ''}>${event.to}` : `${event.to.name}:${event.to.score}`);
    });
    const stream = health.events({ most: 2 });
    health.add(pushed('a'));
    health.report('a', 1);
    await health.sample();
    await health.sample();
    health.report('a', 0);
    await health.sample();
    expect(told).toEqual(['a:1', '>healthy', 'a:0', 'healthy>critical']);
    expect(failures).toEqual(['health watch', 'health watch', 'health watch', 'health watch']);
    watching[Symbol.dispose]();
    await health.close();
    const streamed: string[] = [];
    for await (const event of stream) streamed.push(event.kind);
    expect([streamed, stream.dropped]).toEqual([['component', 'status'], 2]);
  });

  it('end a stream with its signal, its disposal and its loop', async () => {
    const { health } = made();
    const stop = new AbortController();
    const stream = health.events({}, stop.signal);
    const next = stream.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await health.events({}, stop.signal).next()).toEqual({ done: true, value: undefined });
    const other = health.events();
    const first = other.next();
    await health.sample();
    expect((await first).value).toMatchObject({ kind: 'status' });
    await other.return();
    expect(await other.next()).toEqual({ done: true, value: undefined });
    expect(() => health.events({ most: 0 })).toThrow(RangeError);
  });
});

describe('components', () => {
  it('have names of their own, and go when they are removed', async () => {
    const { health } = made();
    const first = health.add(pushed('a'));
    expect(() => health.add(pushed('a'))).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
    first[Symbol.dispose]();
    health.add(pushed('a'));
    first[Symbol.dispose]();
    expect((await health.sample()).components).toHaveLength(1);
  });

  it.each([{ name: '' }, { name: 'a b' }, { weight: 0 }, { weight: Number.NaN }])('are refused where %j', (options) => {
    const call = () => made().health.add({ ...pushed('a'), ...options });
    expect(call).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });

  it.each([{ everyMs: 0 }, { healthyAt: 0.4 }, { historySize: 0 }, { betterAfter: 0.5 }, { healthyAt: 1.1 }])(
    'cannot be aggregated under options that are none: %j',
    (options) => {
      expect(() => made(options)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
    },
  );
});
