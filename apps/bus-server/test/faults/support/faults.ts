import type { Actor, Direction, Fault } from '@charterbus/tooling/testing';
import type { ServerRun } from './server-run.js';

type Chance = () => number;

/** What is done to a run once; resolves when it is over and healed. */
type Deed = (run: ServerRun, chance: Chance) => Promise<void>;

const hour = 3_600_000;

/** How long a fault lasts. Nothing is concluded from its end: what comes after it is waited for. */
const lasting = (milliseconds: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, milliseconds);
  return promise;
};

const one = (actors: readonly Actor[], chance: Chance): Actor => {
  const actor = actors[Math.floor(chance() * actors.length)];
  if (actor === undefined) throw new Error('There is nobody to do it to.');
  return actor;
};

const named = (run: ServerRun, name: string): readonly Actor[] =>
  run.actors.filter((actor) => actor.name.startsWith(name));

const killOne =
  (name: string): Deed =>
  async (run, chance) => {
    const actor = one(named(run, name), chance);
    await actor.kill();
    actor.start();
  };

/** Longer than every lease. */
const stopOne =
  (name: string): Deed =>
  async (run, chance) => {
    const actor = one(named(run, name), chance);
    actor.signal('SIGSTOP');
    await lasting(900);
    actor.signal('SIGCONT');
  };

/** Some connections one after the other, each after so many bytes that it is before, in or after what counts. */
const cut =
  (direction: Direction): Deed =>
  async (run, chance) => {
    for (let count = 0; count < 6; count++) {
      run.proxy.set(direction, { kind: 'cut', afterBytes: 1 + Math.floor(chance() * 1400) });
      await run.more(3, `after a cut of ${direction}`);
    }
    run.proxy.heal();
  };

const during =
  (fault: (chance: Chance) => Fault, milliseconds: number): Deed =>
  async (run, chance) => {
    const direction: Direction = chance() < 0.5 ? 'requests' : 'replies';
    run.proxy.set(direction, fault(chance));
    await lasting(milliseconds);
    run.proxy.heal();
  };

const faults = {
  'kill the server': async (run) => {
    await run.killServer();
    await run.startServer();
  },
  'stop the server': async (run) => {
    run.server.signal('SIGSTOP');
    await lasting(900);
    run.server.signal('SIGCONT');
  },
  'kill a sender': killOne('sender'),
  'kill a consumer': killOne('consumer'),
  'stop a consumer': stopOne('consumer'),
  'cut requests': cut('requests'),
  'cut replies': cut('replies'),
  'delay bytes': during((chance) => ({ kind: 'delay', milliseconds: 5 + Math.floor(100 * chance()) }), 400),
  'slice bytes': during((chance) => ({ kind: 'slice', bytes: 1 + Math.floor(100 * chance()) }), 400),
  'swallow bytes': async (run, chance) => {
    await during(() => ({ kind: 'swallow' }), 600)(run, chance);
    // Half open: nobody tells them.
  },
  'refuse connections': async (run) => {
    run.proxy.refuse();
    await lasting(200);
    run.proxy.heal();
  },
  'set the clock': async (run, chance) => run.jump(chance() < 0.5 ? hour : -hour),
} satisfies Readonly<Record<string, Deed>>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as readonly FaultName[];

/** Does so many of these things, chosen by chance, and waits after each until everybody goes on. */
export const doFaults = async (
  run: ServerRun,
  names: readonly FaultName[],
  count: number,
  chance: Chance,
): Promise<void> => {
  for (let done = 0; done < count; done++) {
    const name = names[Math.floor(chance() * names.length)] ?? 'kill the server';
    await run.more(10 + Math.floor(60 * chance()), `before: ${name}`);
    await faults[name](run, chance);
    await run.more(10, `after: ${name}`);
  }
};
