import { seededRandom } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { swapUnderLoad } from '../../bench/swap-run.js';

const seed = 20_261_123;

/** A few turns of the event loop, as many as chance says. */
const seededTurns = () => {
  const random = seededRandom(seed);
  return async (): Promise<void> => {
    const [turns = 0] = random.bytes(1);
    for (let count = turns % 16; count > 0; count--) {
      const { promise, resolve } = Promise.withResolvers<void>();
      setImmediate(resolve);
      await promise;
    }
  };
};

test.each([
  { how: 'kept staged', loadAnew: false },
  { how: 'loaded anew', loadAnew: true },
])(
  `constitutions $how, swapped in turn under load: nothing is dropped, mixed or refused (seed ${seed})`,
  {
    timeout: 60_000,
  },
  async ({ loadAnew }) => {
    const run = await swapUnderLoad({ swaps: 30, lanes: 8, pause: seededTurns(), loadAnew });
    const { sent, delivered, faults, swaps } = run;
    expect([...faults]).toEqual([]);
    expect(delivered).toBe(sent);
    expect(sent).toBeGreaterThan(swaps);
  },
);
