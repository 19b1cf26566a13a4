/**
 * What a governed message costs on Redis, beside bare streams and BullMQ on the same server, in interleaved rounds. `BENCH_URL`
 * (a Redis that may be filled), `BENCH_ROUNDS` (5) and `BENCH_MESSAGES` (20,000) are obeyed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type AgentHandle, createBus } from '@charterbus/bus';
import { redisBackend } from '@charterbus/bus/redis';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

const url = process.env['BENCH_URL'] ?? 'redis://127.0.0.1:6379';
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const messages = Number(process.env['BENCH_MESSAGES'] ?? 20_000);
const only = process.env['BENCH_ONLY'];
const inFlight = 256;
const content = 'x'.repeat(256);
const agents = ['w0', 'w1', 'w2', 'w3'];

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0;

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return (messages / (performance.now() - start)) * 1000;
};

const inTurns = async (send: (index: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < messages) await send(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, one));
};

let names = 0;
const fresh = (): string => `bench-${process.pid}-${++names}`;

const open = async (prefix: string) => {
  const bus = await createBus({ backend: redisBackend({ redis: url, prefix }), delivery: { mailboxLimit: 1e6 } });
  const { handle: planner } = await bus.register({ tenant: 'acme', id: 'planner', role: 'executive' });
  const tokens: string[] = [];
  const handles: AgentHandle[] = [];
  for (const id of agents) {
    const { handle, token } = await bus.register({ tenant: 'acme', id });
    tokens.push(token);
    handles.push(handle);
  }
  const send = (index: number) =>
    planner.send({ to: { agent: agents[index % agents.length] ?? '' }, type: 'event', content });
  return { bus, planner, tokens, handles, send };
};

const consumer = async (kind: string, name: string, tokens = ''): Promise<ChildProcess> => {
  const script = fileURLToPath(new URL('./redis-consumer.ts', import.meta.url));
  const child = fork(script, [kind, url, name, tokens, String(messages)]);
  await once(child, 'message');
  return child;
};

const untilDone = async (child: ChildProcess, work: () => Promise<unknown>): Promise<number> => {
  const done = once(child, 'message');
  const rate = await timed(async () => void (await Promise.all([work(), done])));
  child.kill('SIGKILL');
  return rate;
};

const redis = new Redis(url);
/** As long as a governed message of the same content. */
const text = JSON.stringify({
  id: 'i'.repeat(36),
  from: 'planner',
  to: { tenant: 'acme', agent: 'w0' },
  content,
  more: 'm'.repeat(150),
});

const addBare = async (name: string): Promise<void> => {
  for (let sent = 0; sent < messages; sent += inFlight) {
    const pipeline = redis.pipeline();
    for (let one = 0; one < inFlight; one++) pipeline.xadd(name, '*', 'm', text);
    await pipeline.exec();
  }
};

const rows: Record<string, () => Promise<number>> = {
  'bare XADD, pipelined': () => timed(() => addBare(fresh())),
  'governed publish': async () => {
    const { bus, send } = await open(fresh());
    const rate = await timed(() => inTurns(send));
    await bus.drain(0);
    return rate;
  },
  'bare XADD, XREADGROUP, XACK': async () => {
    const name = fresh();
    const child = await consumer('bare', name);
    return untilDone(child, () => addBare(name));
  },
  'governed send, handler, ack': async () => {
    const name = fresh();
    const { bus, tokens, send } = await open(name);
    const child = await consumer('governed', name, tokens.join());
    const rate = await untilDone(child, () => inTurns(send));
    await bus.drain(0);
    return rate;
  },
  BullMQ: async () => {
    const name = fresh();
    const child = await consumer('bull', name);
    const queue = new Queue(name, { connection: { url } });
    const options = { removeOnComplete: true };
    const rate = await untilDone(child, () => inTurns(() => queue.add('one', { content: text }, options)));
    await queue.close();
    return rate;
  },
};

const idleTries = 1000;

const bareIdle = async (): Promise<number> => {
  const name = fresh();
  const reader = new Redis(url);
  await redis.xgroup('CREATE', name, 'group', '0', 'MKSTREAM');
  const times: number[] = [];
  for (let count = 0; count < idleTries; count++) {
    const read = reader.xreadgroup('GROUP', 'group', 'one', 'COUNT', 10, 'BLOCK', 1000, 'STREAMS', name, '>');
    await setTimeout(1);
    const start = performance.now();
    await Promise.all([read.then(() => times.push(performance.now() - start)), redis.xadd(name, '*', 'm', text)]);
  }
  reader.disconnect();
  return median(times);
};

const governedIdle = async (): Promise<number> => {
  const name = fresh();
  const { bus, tokens, send } = await open(name);
  const other = await createBus({ backend: redisBackend({ redis: url, prefix: name }) });
  const times: number[] = [];
  let start = 0;
  let seen: () => void = () => undefined;
  for (const token of tokens) {
    other.connect(token).handle(() => {
      times.push(performance.now() - start);
      seen();
    });
  }
  for (let count = 0; count < idleTries; count++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    seen = resolve;
    await setTimeout(1);
    start = performance.now();
    await Promise.all([send(count), promise]);
  }
  await Promise.all([bus.drain(0), other.drain(0)]);
  return median(times);
};

const results = new Map<string, number[]>();
const wanted = Object.entries({ ...rows, 'idle, bare (ms)': bareIdle, 'idle, governed (ms)': governedIdle }).filter(
  ([name]) => only === undefined || new RegExp(only).test(name),
);
for (let round = 0; round < rounds + 1; round++) {
  for (const [name, row] of wanted) {
    const value = await row();
    await redis.flushall();
    if (round > 0) results.set(name, [...(results.get(name) ?? []), value]);
  }
}
const ratio = (name: string, base: string): void => {
  const [values, bases] = [results.get(name), results.get(base)];
  if (values === undefined || bases === undefined) return;
  console.log(`${name} / ${base}: ${median(values.map((value, at) => value / (bases[at] ?? 1))).toFixed(2)}`);
};
for (const [name, values] of results)
  console.log(`${name}: ${median(values).toFixed(name.startsWith('idle') ? 3 : 0)}`);
ratio('governed publish', 'bare XADD, pipelined');
ratio('governed send, handler, ack', 'bare XADD, XREADGROUP, XACK');
ratio('governed send, handler, ack', 'BullMQ');
ratio('idle, governed (ms)', 'idle, bare (ms)');
redis.disconnect();
process.exit(0);
