import type { Sample } from '../measure/sample.js';
import type { Target } from '../statistics/conclude.js';
import type { Ratio } from '../suite.js';

const withTarget = (target: Target | undefined) => (target === undefined ? {} : { target });

/** How many operations one row makes in the time that the other makes one. */
export const speed = (ours: string, other: string, target?: Target): Ratio => ({
  name: `${ours} ÷ ${other}, operations a second`,
  value: (round) => round(ours).opsPerSecond / round(other).opsPerSecond,
  ...withTarget(target),
});

/** How many times as long one row takes in the median as the other. */
export const wait = (ours: string, other: string, target?: Target): Ratio => ({
  name: `${ours} ÷ ${other}, p50`,
  value: (round) => round(ours).p50Us / round(other).p50Us,
  ...withTarget(target),
});

/** How much longer one row takes in the median than the other, in microseconds. */
export const extraWait = (ours: string, other: string, target?: Target): Ratio => ({
  name: `${ours} − ${other}, p50 µs`,
  value: (round) => round(ours).p50Us - round(other).p50Us,
  ...withTarget(target),
});

/** @throws TypeError where the row does not count that. */
export const countOf = ({ counts }: Sample, name: string): number => {
  const count = counts[name];
  if (count === undefined) throw new TypeError(`Nobody counted ${name}.`);
  return count;
};

/** A figure of one row alone; of this machine and this hour, unlike a ratio. */
export const rate = (ours: string, target: Target): Ratio => ({
  name: `${ours}, operations a second`,
  value: (round) => round(ours).opsPerSecond,
  target,
});

export const middleWait = (ours: string, target: Target): Ratio => ({
  name: `${ours}, p50 µs`,
  value: (round) => round(ours).p50Us,
  target,
});
