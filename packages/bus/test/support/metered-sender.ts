// A bus on SQLite that meters what it sends into its ledger, into files and to a receiver of CloudEvents, until it is killed; or, where
// one is stated, on a Redis that it shares with others, into its ledger alone. Says on its output that it begins, that it is open, and
// each hundredth send that has ended.
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentHandle, createBus } from '@charterbus/bus';
import { redisBackend } from '@charterbus/bus/redis';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { seededRandom } from '@charterbus/core-models';
import { createCloudEventsSink, openJsonLinesSink } from '@charterbus/metering';
import { rulesConstitution } from '@charterbus/policy-client/testing';

const [directory = '', seed = '0', receiver = '', redis] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const lanes = 256;
const each = 100;
/** Its stream is never made, so that it stays blocking. */
const standardOutput = 1;
const say = (what: string): void => void writeSync(standardOutput, `${what}\n`);
const dice = (sides: number): number => {
  const [high = 0, low = 0] = random.bytes(2);
  return (high * 256 + low) % sides;
};

const sinks = async () => [
  await openJsonLinesSink({ directory: join(directory, 'lines') }),
  createCloudEventsSink({ url: receiver, batch: 1000 }),
];

say('begins');
const bus = await createBus({
  constitution: rulesConstitution(
    [
      { id: 'ask', effect: 'permit', messageTypes: ['governance_request'], escalate: 'look' },
      { id: 'rest', effect: 'permit', messageTypes: ['query', 'event'] },
    ],
    // Short, so that some holds end without anybody's decision.
    { manifest: { thresholds: { holdSeconds: 1, judgementMilliseconds: 1000 } } },
  ),
  backend: redis === undefined ? sqliteBackend({ directory }) : redisBackend({ redis, silenceMs: 500 }),
  delivery: { maxAttempts: 100, backoffMs: 1, mailboxLimit: 100_000 },
  metering: { sinks: redis === undefined ? await sinks() : [] },
  // A receiver that fails is part of it.
  onBackgroundError: () => undefined,
});
say('open');

const agent = async (id: string): Promise<AgentHandle> => {
  const file = join(directory, `${id}.token`);
  if (!existsSync(file)) writeFileSync(file, (await bus.register({ tenant: 'acme', id })).token);
  return bus.connect(readFileSync(file, 'utf8'));
};
const planners = [await agent('planner'), await agent('painter')];
const worker = await agent('worker');
worker.handle(async (_message, delivery) => delivery.ack(), { credit: 256, leaseMs: 2000 });

/** Of one in eight nothing is stated; costs are down to a tenth of a millionth. */
const usage = () => {
  if (dice(8) === 0) return {};
  const cost = dice(4) === 0 ? dice(1000) / 10_000_000 : dice(50_000) / 1_000_000;
  return { usage: { inputTokens: dice(5000), outputTokens: dice(2000), cost } };
};

/** Most are allowed; no policy permits a command, and a governance request is held. */
const typeOf = (luck: number) => (luck < 3 ? 'command' : luck < 6 ? 'governance_request' : 'query');

let ended = 0;
const send = async (): Promise<void> => {
  const sender = planners[dice(planners.length)];
  // A denial is an end as well.
  await Promise.allSettled([
    sender?.send({ to: { agent: 'worker' }, type: typeOf(dice(100)), content: ended, ...usage() }),
  ]);
  ended += 1;
  if (ended % each === 0) say('sent');
};

const decide = async (): Promise<void> => {
  const { items } = await bus.operations.messages({ status: 'pending_deliberation', limit: 20 });
  for (const { id } of items) await bus.operations[dice(2) === 0 ? 'release' : 'refuse'](id, 'decided');
};

const forever = async (act: () => Promise<void>): Promise<never> => {
  for (;;) {
    await Promise.allSettled([act()]);
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
  }
};
await Promise.all([...Array.from({ length: lanes }, () => forever(send)), forever(decide)]);
