import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, systemClock } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';
import { Child, type RedisServer } from '@charterbus/tooling/testing';
import { expect, onTestFinished, test } from 'vitest';
import { createBus } from '../../src/index.js';
import { redisBackend } from '../../src/redis/index.js';
import {
  ackedTwice,
  checkDedupe,
  checkLeaves,
  checkNothingStuck,
  checkStates,
  givenAfterAck,
  outOfOrder,
} from '../support/promises.js';
import { needsRedis, ownRedis } from '../support/redis.js';

needsRedis();

const seed = Number(process.env['CHARTERBUS_SEED'] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);
const dice = (sides: number): number => (random.bytes(1)[0] ?? 0) % sides;

const open = (url: string) =>
  createBus({
    constitution: rulesConstitution([
      { id: 'ask', effect: 'permit', messageTypes: ['governance_request'], escalate: 'look' },
      { id: 'rest', effect: 'permit', messageTypes: ['query', 'response', 'event'] },
    ]),
    backend: redisBackend({ redis: url, silenceMs: 500 }),
    delivery: { backoffMs: 1 },
    onBackgroundError: () => undefined,
  });

const register = async (url: string, directory: string): Promise<void> => {
  const bus = await open(url);
  for (const id of ['planner', 'w0', 'w1', 'w2']) {
    await writeFile(join(directory, `${id}.token`), (await bus.register({ tenant: 'acme', id })).token);
  }
  await bus.drain(0);
};

let processes = 0;

/** A process of its own, with all that it says. */
class Busy {
  readonly said: string[] = [];
  readonly #child: Child;
  readonly #reading: Promise<void>;
  #next = Promise.withResolvers<void>();

  constructor(directory: string, url: string) {
    this.#child = new Child(
      new URL('../support/busy-bus.ts', import.meta.url),
      directory,
      String(seed * 100 + ++processes),
      '',
      url,
    );
    onTestFinished(() => this.#child.kill());
    this.#reading = this.#read();
  }

  async kill(): Promise<void> {
    await this.#child.kill();
    await this.#reading;
  }

  /** Stands still until the others have gone on for longer than a process may be silent, and goes on as if nothing had been. */
  async stop(other: Busy): Promise<void> {
    process.kill(this.#child.pid, 'SIGSTOP');
    const stoppedAt = systemClock.now();
    while (systemClock.now() - stoppedAt < 1500) await other.more(1);
    process.kill(this.#child.pid, 'SIGCONT');
  }

  /** Resolves when it has said so much more. */
  async more(count: number): Promise<void> {
    const wanted = this.said.length + count;
    while (this.said.length < wanted) await this.#next.promise;
  }

  async #read(): Promise<void> {
    for (let line = await this.#child.line(); line !== undefined; line = await this.#child.line()) {
      this.said.push(line);
      this.#next.resolve();
      this.#next = Promise.withResolvers<void>();
    }
  }
}

/** What all of them said, in the order of time. */
const inOrder = (all: readonly Busy[]): readonly string[] =>
  all
    .flatMap(({ said }) => said)
    .toSorted((left, right) => Number.parseFloat(left) - Number.parseFloat(right))
    .map((line) => line.slice(line.indexOf(' ') + 1));

const disturb = async (fault: number, [busy, other]: [Busy, Busy], server: RedisServer): Promise<void> => {
  if (fault === 0) await busy.kill();
  else if (fault === 1) await busy.stop(other);
  else {
    await server.kill();
    await server.restart();
  }
};

test(`two processes share one Redis through kills, stops and restarts, and keep what they promise (seed ${seed})`, {
  timeout: 120_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'charterbus-two-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const server = await ownRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  await register(server.url, directory);
  const all: Busy[] = [];
  const start = (): Busy => {
    const busy = new Busy(directory, server.url);
    all.push(busy);
    return busy;
  };
  const pair = [start(), start()];
  for (const fault of [0, 1, 2, dice(3), dice(3)]) {
    const place = dice(2);
    await Promise.all(pair.map((busy) => busy.more(100 + dice(200))));
    await disturb(fault, [pair[place] as Busy, pair[1 - place] as Busy], server);
    if (fault === 0) pair[place] = start();
  }
  await Promise.all(pair.map((busy) => busy.more(100)));
  for (const busy of pair) await busy.kill();
  const said = inOrder(all);
  expect({ after: givenAfterAck(said), twice: ackedTwice(said), outOfOrder: outOfOrder(said) }).toEqual({
    after: [],
    twice: [],
    outOfOrder: [],
  });
  const bus = await open(server.url);
  onTestFinished(async () => void (await bus.drain(0)));
  await checkLeaves(bus);
  await checkStates(bus, said);
  await checkDedupe(bus, directory, said);
  await checkNothingStuck(bus, directory);
  await checkLeaves(bus);
});
