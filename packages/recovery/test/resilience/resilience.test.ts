import { seededRandom } from '@charterbus/core-models';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bulkhead, CircuitBreakers, Resilience, type ResiliencePolicy } from '../../src/index.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const made = (policy: ResiliencePolicy, counts?: (error: unknown) => boolean) =>
  new Resilience({ name: 'opa', policy, random: seededRandom(1), ...(counts === undefined ? {} : { counts }) });

const codeOf = async (done: Promise<unknown>): Promise<unknown> => {
  const [settled] = await Promise.allSettled([done]);
  return settled.status === 'fulfilled'
    ? settled.value
    : ((settled.reason as { code?: unknown }).code ?? settled.reason);
};
const hangs = (): Promise<never> => Promise.withResolvers<never>().promise;

describe('a policy', () => {
  it.each([
    ['constant', [100, 100, 100, 100]],
    ['linear', [100, 200, 300, 350]],
    ['exponential', [100, 200, 350, 350]],
  ] as const)('waits between attempts: %s', async (backoff, waits) => {
    const retry = { attempts: 5, backoff, jitter: 'none', initialMs: 100, maxMs: 350 } as const;
    const at: number[] = [];
    const done = codeOf(
      made({ retry }).execute(() => {
        at.push(Date.now());
        return Promise.reject(new Error('down'));
      }),
    );
    await vi.runAllTimersAsync();
    expect(await done).toEqual(new Error('down'));
    expect(at.slice(1).map((time, place) => time - (at[place] ?? 0))).toEqual(waits);
  });

  it.each(['full', 'decorrelated'] as const)('jitters within its bounds: %s', async (jitter) => {
    const retry = { attempts: 50, jitter, initialMs: 100, maxMs: 1_000 } as const;
    const at: number[] = [];
    const done = codeOf(
      made({ retry }).execute(() => {
        at.push(Date.now());
        throw new Error('down');
      }),
    );
    await vi.runAllTimersAsync();
    await done;
    const waits = at.slice(1).map((time, place) => time - (at[place] ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(jitter === 'full' ? 0 : 100);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_000);
    expect(new Set(waits).size).toBeGreaterThan(15);
  });

  it('does not try again what does not count, nor what was refused', async () => {
    let calls = 0;
    const retry = { attempts: 5, jitter: 'none' } as const;
    const work = () => {
      calls += 1;
      return Promise.reject(new Error('down'));
    };
    expect(await codeOf(made({ retry }, () => false).execute(work))).toEqual(new Error('down'));
    expect(calls).toBe(1);
    const resilience = made({ retry, breaker: { failures: 2 } });
    const done = codeOf(resilience.execute(work));
    await vi.runAllTimersAsync();
    expect(await done).toBe('CIRCUIT_OPEN');
    expect(calls).toBe(3);
  });

  it('gives each attempt its time, and aborts what is late', async () => {
    let seen: AbortSignal | undefined;
    const done = codeOf(
      made({ timeoutMs: 1_000 }).execute((signal) => {
        seen = signal;
        return hangs();
      }),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect([await done, seen?.aborted]).toEqual(['OPERATION_TIMEOUT', true]);
    expect(await made({ timeoutMs: 1_000 }).execute(() => 1)).toBe(1);
    const failing = made({ timeoutMs: 1_000 }).execute(() => Promise.reject(new Error('down')));
    expect(await codeOf(failing)).toEqual(new Error('down'));
  });

  it('takes lateness for a failure, and the abort of a caller for nothing', async () => {
    const resilience = made({ timeoutMs: 1_000, breaker: { failures: 1 } });
    const stop = new AbortController();
    const gone = codeOf(resilience.execute(hangs, stop.signal));
    stop.abort('gone');
    expect(await gone).toBe('gone');
    await vi.advanceTimersByTimeAsync(0);
    expect(resilience.breaker?.state).toBe('closed');
    const late = codeOf(resilience.execute(hangs));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([await late, resilience.breaker?.state]).toEqual(['OPERATION_TIMEOUT', 'open']);
  });

  it('ends at once for a caller who aborts while it waits for the next attempt', async () => {
    const stop = new AbortController();
    let calls = 0;
    const done = codeOf(
      made({ retry: { attempts: 5, jitter: 'none', initialMs: 1_000 } }).execute(() => {
        calls += 1;
        return Promise.reject(new Error('down'));
      }, stop.signal),
    );
    await vi.advanceTimersByTimeAsync(10);
    stop.abort('gone');
    expect(await done).toBe('gone');
    await vi.runAllTimersAsync();
    expect(calls).toBe(1);
  });

  it('lists its breaker under its name until its disposal', () => {
    const breakers = new CircuitBreakers();
    const resilience = new Resilience({ name: 'opa', policy: { breaker: {} }, breakers });
    expect(breakers.names).toEqual(['opa']);
    resilience[Symbol.dispose]();
    expect(breakers.names).toEqual([]);
    expect(made({}).breaker).toBeUndefined();
  });

  it('is refused where it is none, with its place', () => {
    const call = () => made({ retry: { attempts: 0 } });
    expect(call).toThrow('The policy of opa is not valid (retry.attempts).');
  });
});

describe('a bulkhead', () => {
  it('lets so many work, so many wait, and refuses the rest at once', async () => {
    const bulkhead = new Bulkhead({ name: 'provider', concurrent: 2, queued: 1 });
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<string>());
    let begun = 0;
    const calls = gates.map(({ promise }) =>
      codeOf(
        bulkhead.execute(() => {
          begun += 1;
          return promise;
        }),
      ),
    );
    expect([await calls[3], begun]).toEqual(['BULKHEAD_FULL', 2]);
    gates[0]?.resolve('a');
    await calls[0];
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toBe(3);
  });

  it('ends the wait of a caller who aborts at once, and does not call it', async () => {
    const resilience = made({ bulkhead: { concurrent: 1, queued: 5 } });
    const gate = Promise.withResolvers<string>();
    const first = resilience.execute(() => gate.promise);
    const stop = new AbortController();
    const work = vi.fn<() => string>(() => 'never');
    const second = codeOf(resilience.execute(work, stop.signal));
    stop.abort('gone');
    expect(await second).toBe('gone');
    gate.resolve('done');
    expect(await first).toBe('done');
    expect(await resilience.execute(() => 'third')).toBe('third');
    expect(work).not.toHaveBeenCalled();
    expect(await codeOf(resilience.execute(work, stop.signal))).toBe('gone');
  });
});
