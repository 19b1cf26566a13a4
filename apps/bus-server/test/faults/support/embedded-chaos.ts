import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Actor, chanceOf, type HistoryEvent, Recorder, runAndJudge } from '@charterbus/tooling/testing';
import { lookAtTheEnd } from './look.js';
import { Progress } from './progress.js';
import { ProcessClock } from './set-clock.js';

const hour = 3_600_000;
const leaseMs = 400;

export type EmbeddedFault = 'kill' | 'stop' | 'set the clock';

interface Scene {
  readonly actor: Actor;
  readonly clock: ProcessClock;
  readonly chance: () => number;
}

const stopFor = async (actor: Actor, milliseconds: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  actor.signal('SIGSTOP');
  setTimeout(resolve, milliseconds);
  await promise;
  actor.signal('SIGCONT');
};

const deeds: Readonly<Record<EmbeddedFault, (scene: Scene) => Promise<void>>> = {
  kill: async ({ actor }) => {
    await actor.kill();
    actor.start();
  },
  stop: ({ actor }) => stopFor(actor, leaseMs * 2),
  'set the clock': ({ actor, clock, chance }) =>
    clock.jump(chance() < 0.5 ? hour : -hour, () => actor.signal('SIGUSR2')),
};

const tokensIn = (data: string): readonly string[] =>
  ['worker-a', 'worker-b', 'worker-c'].map((id) => readFileSync(join(data, `${id}.token`), 'utf8'));

/** A bus inside a process that is killed, stopped or lied to about the time, and the judgement of it. */
export const embeddedChaos = (
  name: string,
  seed: number,
  kinds: readonly EmbeddedFault[],
  count: number,
): Promise<readonly HistoryEvent[]> =>
  runAndJudge(name, seed, async (directory) => {
    const data = join(directory, 'data');
    mkdirSync(data);
    const chance = chanceOf(seed);
    const recorder = new Recorder(directory, 'owner');
    const clock = new ProcessClock(directory, recorder);
    const progress = new Progress();
    const options = { by: 'bus', seed, directory, data, expires: !kinds.includes('set the clock') };
    const actor = new Actor(
      new URL('embedded-bus.ts', import.meta.url),
      options,
      { owner: recorder, onProgress: () => progress.made(), onFailure: (error) => progress.fail(error) },
      clock.environment,
    );
    actor.start();
    try {
      for (let done = 0; done < count; done++) {
        const kind = kinds[Math.floor(chance() * kinds.length)] ?? 'kill';
        await progress.more(200 + Math.floor(1500 * chance()), `before: ${kind}`);
        await deeds[kind]({ actor, clock, chance });
      }
      await progress.more(300, 'after the last fault');
    } finally {
      await actor.kill();
    }
    await lookAtTheEnd(data, tokensIn(data), recorder);
  });
