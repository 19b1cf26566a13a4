import { ManualClock } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { type Deadline, Deadlines } from '../../src/broker/deadlines.js';

const subject = (name: number) => ({ name, deadline: undefined as Deadline | undefined });

test('wakes each subject once, at its newest moment, in order', () => {
  const clock = new ManualClock();
  const woken: number[] = [];
  using deadlines = new Deadlines<ReturnType<typeof subject>>(clock, clock, ({ name }) => void woken.push(name));
  const subjects = Array.from({ length: 3000 }, (_, name) => subject(name));
  for (const one of subjects) deadlines.set(one, 10_000 - one.name);
  for (const one of subjects) if (one.name % 3 === 0) deadlines.set(one, 20_000 + one.name);
  for (const one of subjects) if (one.name % 3 === 1) deadlines.clear(one);
  clock.advance(15_000);
  expect(woken).toEqual(Array.from({ length: 1000 }, (_, at) => 2999 - 3 * at));
  clock.advance(15_000);
  expect(woken.slice(1000)).toEqual(Array.from({ length: 1000 }, (_, at) => 3 * at));
});

test('what no longer waits is not kept until its moment', () => {
  const clock = new ManualClock();
  using deadlines = new Deadlines<ReturnType<typeof subject>>(clock, clock, () => undefined);
  const day = 86_400_000;
  deadlines.set(subject(0), 1000);
  for (let name = 1; name <= 50_000; name++) {
    const passing = subject(name);
    deadlines.set(passing, day);
    deadlines.clear(passing);
  }
  expect(deadlines.size).toBeLessThan(5000);
});
