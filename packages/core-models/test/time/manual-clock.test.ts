import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/index.js';

const start = Date.UTC(2026, 0, 1);

describe('a clock that moves only when told', () => {
  it('moves both readings forward, and only the wall clock when that is set', () => {
    const clock = new ManualClock(start);
    clock.advance(1500);
    expect([clock.now(), clock.monotonic()]).toEqual([start + 1500, 1500]);
    clock.jump(-10_000);
    expect([clock.now(), clock.monotonic()]).toEqual([start - 8500, 1500]);
    expect(new ManualClock().now()).toBe(start);
  });

  it('calls back in order of time, then of registration, each at its time', () => {
    const delays = fc.array(fc.nat(50), { maxLength: 30 });
    fc.assert(
      fc.property(delays, (waits) => {
        const clock = new ManualClock(start);
        const called: [number, number][] = [];
        waits.forEach((wait, index) => clock.after(wait, () => called.push([clock.monotonic(), index])));
        clock.advance(100);
        const expected = waits.map((wait, index) => [wait, index]).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
        expect(called).toEqual(expected);
      }),
    );
  });

  it('calls once, and not at all what was disposed of', () => {
    const clock = new ManualClock();
    let calls = 0;
    clock.after(10, () => calls++);
    const second = clock.after(10, () => calls++);
    second[Symbol.dispose]();
    clock.advance(9);
    expect(calls).toBe(0);
    clock.advance(1);
    clock.advance(100);
    expect(calls).toBe(1);
  });

  it('lets what is called back register and dispose of more', () => {
    const clock = new ManualClock();
    const called: string[] = [];
    const doomed = clock.after(20, () => called.push('doomed'));
    clock.after(10, () => {
      called.push('first');
      doomed[Symbol.dispose]();
      clock.after(5, () => called.push('inner'));
      clock.after(-5, () => called.push('at once'));
    });
    clock.advance(30);
    expect(called).toEqual(['first', 'at once', 'inner']);
  });

  it('never goes back when what it calls advances further than it was told', () => {
    const clock = new ManualClock();
    clock.after(1, () => clock.advance(100));
    clock.advance(10);
    expect(clock.monotonic()).toBe(101);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('does not advance by %s', (span) => {
    const clock = new ManualClock(start);
    expect(() => clock.advance(span)).toThrow(RangeError);
    expect([clock.now(), clock.monotonic()]).toEqual([start, 0]);
  });

  it('takes any delay but one that is no number; what waits for ever is never called', () => {
    const clock = new ManualClock();
    let called = false;
    clock.after(Number.POSITIVE_INFINITY, () => (called = true));
    clock.advance(Number.MAX_SAFE_INTEGER);
    expect(called).toBe(false);
    expect(() => clock.after(Number.NaN, () => undefined)).toThrow(RangeError);
  });
});
