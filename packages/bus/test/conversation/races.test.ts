import { ManualClock, seededRandom } from '@charterbus/core-models';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded-broker.js';
import type { MemoryJournal } from '../../src/broker/memory-journal.js';
import { memoryBackend, type OpenBackend } from '../../src/index.js';
import { refusal, startFleet } from '../support/fleet.js';
import { deskConstitution, doOnce, seededPause } from '../support/refund-desk.js';
import { SlowJournal } from '../support/slow-journal.js';

const onJournal =
  (journal: MemoryJournal): OpenBackend =>
  async (environment) => ({
    ...(await memoryBackend()(environment)),
    broker: new EmbeddedBroker({ ...environment, journal }),
  });

const outcomes = async (calls: readonly Promise<unknown>[]): Promise<readonly string[]> => {
  const settled = await Promise.allSettled(calls);
  return Promise.all(
    calls.map(async (call, at) => (settled[at]?.status === 'fulfilled' ? 'allowed' : (await refusal(call)).code)),
  );
};

const seeds = Array.from({ length: 1000 }, (_, seed) => seed);

test('of two cancellations and a refund that race, one wins, in 1,000 schedules', async () => {
  let pause = seededPause(0);
  const clock = new ManualClock();
  const journal = new SlowJournal(() => pause());
  const { planner } = await startFleet({
    constitution: deskConstitution({ clock, pause: () => pause() }),
    backend: onJournal(journal),
  });
  for (const seed of seeds) {
    pause = seededPause(seed);
    const race = ['cancel', 'cancel', 'refund'].map((tool) => doOnce(planner, tool, `order-${seed}`));
    expect((await outcomes(race)).toSorted(), `seed ${seed}`).toEqual(['POLICY_DENIED', 'POLICY_DENIED', 'allowed']);
  }
});

test('a winner whose commit fails has not won: at most one is allowed, and one if a write succeeds', async () => {
  let pause = seededPause(0);
  const clock = new ManualClock();
  const journal = new SlowJournal(() => pause());
  const { planner } = await startFleet({
    constitution: deskConstitution({ clock, pause: () => pause() }),
    backend: onJournal(journal),
  });
  for (const seed of seeds.slice(0, 300)) {
    pause = seededPause(seed);
    const random = seededRandom(seed);
    journal.refuses = (write) =>
      write.kind === 'admission' && (write.admission.facts?.length ?? 0) > 0 && (random.bytes(1)[0] ?? 0) < 128;
    const race = ['cancel', 'cancel', 'refund', 'refund'].map((tool) => doOnce(planner, tool, `order-${seed}`));
    const ended = await outcomes(race);
    const allowed = ended.filter((outcome) => outcome === 'allowed').length;
    expect(allowed, `seed ${seed}: ${ended.join()}`).toBeLessThanOrEqual(1);
    // Who was denied was denied in the light of a winner.
    expect(ended.includes('POLICY_DENIED'), `seed ${seed}: ${ended.join()}`).toBe(
      allowed === 1 && ended.includes('POLICY_DENIED'),
    );
    journal.refuses = () => false;
    const last = await outcomes([doOnce(planner, 'cancel', `order-${seed}`)]);
    expect(last, `seed ${seed}`).toEqual([allowed === 1 ? 'POLICY_DENIED' : 'allowed']);
  }
});

test('a hundred at once: each is judged in the light of the first, and none waits for ever', async () => {
  const pause = seededPause(7);
  const clock = new ManualClock();
  let asked = 0;
  const constitution = deskConstitution({
    clock,
    pause: () => {
      asked += 1;
      return pause();
    },
  });
  const { planner } = await startFleet({ constitution, backend: onJournal(new SlowJournal(pause)) });
  const ended = await outcomes(Array.from({ length: 100 }, () => doOnce(planner, 'cancel', 'order')));
  expect(ended.filter((outcome) => outcome === 'allowed')).toHaveLength(1);
  expect(ended.filter((outcome) => outcome === 'POLICY_DENIED')).toHaveLength(99);
  // Facts and engine, at two points, in at most two rounds each.
  expect(asked).toBeLessThan(100 * 2 * 4);
});
