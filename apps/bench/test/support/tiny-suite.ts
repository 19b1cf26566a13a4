import { synchronous } from '../../src/measure/batch.js';
import type { Row, Suite } from '../../src/suite.js';

const row = (name: string, kind: Row['kind'], more: Partial<Row> = {}): Row => ({
  name,
  kind,
  profile: 'adds numbers',
  open: async () => ({
    batch: synchronous((index) => index + 1),
    counts: () => ({ commits: 3 }),
    close: async () => undefined,
  }),
  ...more,
});

/** Nothing to wait for: it shows that a run holds together. */
export const tinySuite: Suite = {
  name: 'tiny',
  title: 'adding numbers',
  rows: [row('ours', 'ours'), row('theirs', 'peer', { leavesOut: 'nothing | at all' }), row('bare', 'limit')],
  ratios: [
    { name: 'one', value: () => 1, target: { atLeast: 1 } },
    { name: 'two', value: () => 2, target: { atMost: 1 } },
    { name: 'free', value: (round) => round('ours').opsPerSecond / round('theirs').opsPerSecond },
  ],
};
