// A bus on SQLite with everybody in one process: senders, and handlers that fail, are slow, reject and acknowledge, until its
// input ends. It notes what it did and saw, and says a line for each receipt and each settlement.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, stdin, stdout } from 'node:process';
import { type AgentHandle, createBus, type Handler } from '@charterbus/bus';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { CharterbusError, type MessageDraft, seededRandom } from '@charterbus/core-models';
import { machineMs, Recorder } from '@charterbus/tooling/recorder';

interface Options {
  readonly directory: string;
  readonly data: string;
  readonly by: string;
  readonly seed: number;
  readonly expires: boolean;
}

const { directory, data, by, seed, expires } = JSON.parse(argv[2] ?? '{}') as Options;
const leaseMs = 400;
const workers = ['worker-a', 'worker-b', 'worker-c'];
const random = seededRandom(seed);
const chance = (): number => (random.bytes(1)[0] ?? 0) / 256;
const recorder = new Recorder(directory, by);
/** What of it a kill takes along is missing from nothing but the count of what was achieved. */
const say = (): void => void stdout.write('.\n');
let ended = false;
stdin.resume().once('end', () => {
  ended = true;
});

const bus = await createBus({
  backend: sqliteBackend({ directory: data }),
  delivery: { backoffMs: 10, maxAttempts: 20 },
  // Leases that were lost while the process was stopped are told here; the history says it better.
  onBackgroundError: () => undefined,
});

const handleOf = async (id: string): Promise<AgentHandle> => {
  const file = join(data, `${id}.token`);
  if (!existsSync(file)) writeFileSync(file, (await bus.register({ tenant: 'acme', id })).token);
  return bus.connect(readFileSync(file, 'utf8'));
};

const pause = (milliseconds: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, milliseconds);
  return promise;
};

const handler: Handler = async (message, delivery) => {
  const { id, fencingToken: token, attempt } = delivery;
  const granted = Date.parse(delivery.leaseExpiresAt) - leaseMs;
  const expiry = message.expiresAt === undefined ? {} : { expiresAt: Date.parse(message.expiresAt) };
  const lease = { delivery: id, message: message.id, token, attempt, leaseMs, local: true };
  recorder.note({ kind: 'leased', from: machineMs() - (Date.now() - granted), wall: granted, ...lease, ...expiry });
  const luck = chance();
  if (luck < 0.1) await pause(30 * chance());
  if (luck < 0.02) await pause(leaseMs * 1.5);
  const outcome = luck > 0.95 ? 'nack' : luck > 0.93 ? 'reject' : 'ack';
  recorder.note({ kind: 'settling', delivery: id, token, outcome });
  try {
    await (outcome === 'reject' ? delivery.reject('no') : delivery[outcome]());
    recorder.note({ kind: 'settled', delivery: id, token, outcome });
  } catch (error) {
    const code = CharterbusError.isInstance(error) ? error.code : String(error);
    recorder.note({ kind: 'settlement-refused', delivery: id, token, code });
  }
  say();
};

let count = 0;
const send = async (sender: AgentHandle): Promise<void> => {
  const key = `${by}-${process.pid}-${++count}`;
  const draft: MessageDraft = {
    to: { agent: workers[Math.floor(chance() * workers.length)] ?? 'worker-a' },
    type: 'query',
    content: { send: key },
    dedupeKey: key,
    ...(chance() < 0.4 ? { orderingKey: `key-${Math.floor(chance() * 3)}` } : {}),
    ...(expires && chance() < 0.1 ? { expiresAt: Date.now() + Math.floor(200 * chance()) } : {}),
  };
  recorder.note({ kind: 'sending', send: key });
  for (let repeated = 0; repeated < (chance() < 0.1 ? 2 : 1); repeated++) {
    const from = machineMs();
    const { messageId, leafIndex, durability, duplicate } = await sender.send(draft);
    const receipt = { message: messageId, leaf: leafIndex, durability };
    recorder.note({ kind: 'receipt', from, send: key, ...receipt, duplicate: duplicate === true });
    say();
  }
};

for (const id of workers) (await handleOf(id)).handle(handler, { leaseMs, credit: 8 });
const planner = await handleOf('planner');
const lane = async (): Promise<void> => {
  while (!ended) {
    const [sent] = await Promise.allSettled([send(planner)]);
    // An expiry that had passed by the time it was judged; everything else would be the bus' fault.
    const refused =
      sent.status === 'rejected' && CharterbusError.isInstance(sent.reason) ? sent.reason.code : undefined;
    if (sent.status === 'rejected' && refused !== 'MESSAGE_EXPIRED') throw sent.reason;
    await pause(6 * chance());
  }
};
await Promise.all(Array.from({ length: 8 }, lane));
await bus.drain(0);
