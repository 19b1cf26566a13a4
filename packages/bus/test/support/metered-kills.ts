import { join } from 'node:path';
import { seededRandom, systemClock } from '@charterbus/core-models';
import { createCloudEventsSink, openJsonLinesSink } from '@charterbus/metering';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { Child } from '@charterbus/tooling/testing';
import { type Bus, createBus } from '../../src/index.js';
import { sqliteBackend } from '../../src/sqlite.js';
import { EventReceiver } from './event-receiver.js';
import { countsOfLedger, countsOfLines, countsOfLog } from './usage-counts.js';

export interface MeteredKills {
  readonly directory: string;
  readonly seed: number;
  /** In all, over all lives. */
  readonly sends: number;
  readonly kills: number;
  /** `metered-sender.ts`, which sees the packages as built. */
  readonly script: URL;
  readonly onLife?: (life: number, sent: number) => void;
}

/** Sends that one line of the sender stands for. */
const each = 100;

/** Lets the sender say so many lines of sends, or kills it as soon as it has said a word; how many it has said. */
const live = async (child: Child, word: string, lines: number): Promise<number> => {
  let sent = 0;
  for (let line = await child.line(); line !== undefined; line = await child.line()) {
    if (line === 'sent') sent += 1;
    if (line === word && sent >= lines) break;
  }
  await child.kill();
  // What was on its way in the pipe.
  for (let line = await child.line(); line !== undefined; line = await child.line()) if (line === 'sent') sent += 1;
  return sent;
};

const sendAndKill = async (options: MeteredKills, url: string, chance: () => number): Promise<void> => {
  const { directory, kills, onLife, script, seed, sends } = options;
  const wanted = Math.ceil(sends / each);
  let said = 0;
  for (let life = 0; life <= kills || said < wanted; life++) {
    const child = new Child(script, directory, String(seed * 1000 + life), url);
    const luck = chance();
    // Some are killed while they open what the one before has left.
    const word = life > 0 && luck < 0.2 ? (luck < 0.1 ? 'begins' : 'open') : 'sent';
    const left = wanted - said;
    const share = life >= kills ? left : Math.ceil((2 * chance() * left) / (kills - life + 1));
    said += await live(child, word, word === 'sent' ? Math.max(1, share) : 0);
    onLife?.(life, said * each);
  }
};

/** Until nothing of it writes to the log any more: holds are decided, and leases of the killed have expired. */
export const comeToRest = async (bus: Bus): Promise<void> => {
  for (;;) {
    const { items } = await bus.operations.messages({ status: 'pending_deliberation', limit: 500 });
    if (items.length === 0 && bus.counts.leased === 0) return;
    await Promise.allSettled(items.map(({ id }) => bus.operations.refuse(id, 'it is over')));
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
  }
};

/** What is counted in the end, of each who counts. `lost` is what the meter has said to be gone. */
const count = async (directory: string, receiver: EventReceiver) => {
  const lines = join(directory, 'lines');
  const bus = await createBus({
    constitution: rulesConstitution([]),
    backend: sqliteBackend({ directory }),
    metering: {
      sinks: [await openJsonLinesSink({ directory: lines }), createCloudEventsSink({ url: receiver.url, batch: 1000 })],
    },
    onBackgroundError: () => undefined,
  });
  try {
    await comeToRest(bus);
    await bus.operations.usage.settled();
    const log = await countsOfLog(bus);
    const ledger = await countsOfLedger(bus, systemClock.now());
    const lost = bus.operations.usage.progress.reduce((sum, part) => sum + part.lost, 0);
    const counted = { log, ledger, lines: await countsOfLines(lines), events: receiver.sums, lost };
    if ((await bus.operations.leafCount()) !== log.leaves)
      throw new Error('The log was written to while it was counted.');
    return counted;
  } finally {
    await bus.drain(0);
  }
};

/** Kills a process again and again while it meters what it sends, and counts in the end. */
export const meteredKills = async (options: MeteredKills) => {
  const random = seededRandom(options.seed);
  const chance = (): number => (random.bytes(1)[0] ?? 0) / 256;
  await using receiver = await EventReceiver.start(chance);
  await sendAndKill(options, receiver.url, chance);
  return { ...(await count(options.directory, receiver)), repeated: receiver.repeated };
};
