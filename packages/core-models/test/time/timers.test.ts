import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock, systemTimers } from '../../src/index.js';

const day = 86_400_000;

describe("the system's timers", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([1, 0.5, 999.9, 2 ** 31 - 1, 2 ** 31, 30 * day, 365 * day])('wait %s ms, and not less', (delay) => {
    const begin = performance.now();
    let calledAt: number | undefined;
    systemTimers.after(delay, () => (calledAt = performance.now()));
    vi.advanceTimersByTime(Math.ceil(delay) - 1);
    expect(calledAt).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(calledAt).toBe(begin + Math.ceil(delay));
    vi.advanceTimersByTime(100 * day);
    expect(calledAt).toBe(begin + Math.ceil(delay));
  });

  it.each([0, -1, Number.NEGATIVE_INFINITY])('call for %s as soon as possible, never at once', (delay) => {
    const callback = vi.fn<() => void>();
    systemTimers.after(delay, callback);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledOnce();
  });

  it('can be disposed of, also after they were armed again', () => {
    const callback = vi.fn<() => void>();
    const timer = systemTimers.after(40 * day, callback);
    vi.advanceTimersByTime(30 * day);
    timer[Symbol.dispose]();
    timer[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(30 * day);
    expect(callback).not.toHaveBeenCalled();
  });

  it('wait for ever where the delay has no end, and refuse one that is no number', () => {
    const callback = vi.fn<() => void>();
    systemTimers.after(Number.POSITIVE_INFINITY, callback);
    vi.advanceTimersByTime(100 * day);
    expect(callback).not.toHaveBeenCalled();
    expect(() => systemTimers.after(Number.NaN, callback)).toThrow(RangeError);
  });
});

describe("the system's clock", () => {
  it('reads wall-clock and monotonic milliseconds', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
    const first = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first);
  });
});
