// A bus under everything at once, that says on its output what was promised to whom, until it is killed or, where an end is
// stated, has said so many things. On SQLite, or, where one is stated, on a Redis that it shares with others: then each line
// begins with its moment, since others say things meanwhile.
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentHandle, createBus, type Handler } from '@charterbus/bus';
import { redisBackend } from '@charterbus/bus/redis';
import { sqliteBackend } from '@charterbus/bus/sqlite';
import { seededRandom } from '@charterbus/core-models';
import { rulesConstitution } from '@charterbus/policy-client/testing';

const [directory = '', seed = '0', end, redis] = process.argv.slice(2);
const random = seededRandom(Number(seed));
/** Its stream is never made, so that it stays blocking. */
const standardOutput = 1;
const chance = (): number => (random.bytes(1)[0] ?? 0) / 256;
const agents = ['planner', 'w0', 'w1', 'w2'];

const constitution = rulesConstitution([
  { id: 'ask', effect: 'permit', messageTypes: ['governance_request'], escalate: 'look' },
  { id: 'rest', effect: 'permit', messageTypes: ['query', 'response', 'event'] },
]);
const bus = await createBus({
  constitution,
  backend: redis === undefined ? sqliteBackend({ directory }) : redisBackend({ redis, silenceMs: 500, changeMs: 2000 }),
  delivery: { maxAttempts: 3, backoffMs: 5 },
  // What ends in the middle of something else is told here, and is no fault: a withdrawal that came too late, a lost lease.
  onBackgroundError: () => undefined,
});

let said = 0;
const say = (what: string, id: string): void => {
  // At once, also where whoever reads is slow: what waits in the process when it is killed would never have been said.
  const moment = redis === undefined ? '' : `${performance.timeOrigin + performance.now()} `;
  writeSync(standardOutput, `${moment}${what} ${id}\n`);
  // As abrupt as a kill: nothing is closed.
  if (end !== undefined && end !== '' && ++said === Number(end)) process.exit();
};

const handles: AgentHandle[] = [];
for (const id of agents) {
  const file = join(directory, `${id}.token`);
  if (!existsSync(file)) writeFileSync(file, (await bus.register({ tenant: 'acme', id })).token);
  handles.push(bus.connect(readFileSync(file, 'utf8')));
}
const [planner, ...workers] = handles as [AgentHandle, ...AgentHandle[]];

const handler: Handler = async (message, delivery) => {
  say('given', `${delivery.id} ${delivery.fencingToken}`);
  const luck = chance();
  if (luck < 0.1) throw new Error('unlucky');
  if (luck < 0.15) return delivery.nack({ delayMs: 3 });
  if (luck < 0.2) return delivery.reject('no');
  if (luck < 0.25 && message.type === 'query') return { answer: message.content };
  await delivery.ack();
  say('acked', `${delivery.id} ${delivery.fencingToken}`);
  return undefined;
};
for (const worker of workers) worker.handle(handler, { credit: 1 + Math.floor(chance() * 8) });

let count = 0;
interface Choice {
  readonly dedupeKey?: string;
  readonly orderingKey?: string;
}

const sendTo = async (agent: string, type: 'governance_request' | 'query', choice: Choice): Promise<void> => {
  const content = `${seed}-${++count}`;
  const stated = choice.dedupeKey === undefined ? choice : { ...choice, dedupeKey: content };
  const { messageId, status, durability, leafIndex } = await planner.send({ to: { agent }, type, content, ...stated });
  const { dedupeKey, orderingKey } = stated;
  say(status, `${messageId} ${durability}`);
  if (orderingKey !== undefined) say('ordered', `${messageId} ${agent}/${orderingKey} ${leafIndex}`);
  if (dedupeKey !== undefined) say('key', `${dedupeKey} ${type} ${agent} ${messageId} ${orderingKey ?? ''}`);
};

const send = async (): Promise<void> => {
  const type = chance() < 0.2 ? 'governance_request' : 'query';
  if (chance() < 0.1) {
    const receipt = await planner.broadcast({ type, content: `${seed}-${++count}` });
    return say(receipt.status, `${receipt.messageId} ${receipt.durability}`);
  }
  const isOrdered = redis !== undefined && type === 'query' && chance() < 0.3;
  return sendTo(agents[1 + Math.floor(chance() * 3)] ?? 'w0', type, {
    ...(chance() < 0.3 ? { dedupeKey: 'its content' } : {}),
    ...(isOrdered ? { orderingKey: `key-${Math.floor(chance() * 3)}` } : {}),
  });
};

const decide = async (): Promise<void> => {
  const held = (await bus.operations.messages({ status: 'pending_deliberation', limit: 5 })).items.filter(
    () => chance() < 0.5,
  );
  for (const { id } of held) {
    say('deciding', id);
    const verb = chance() < 0.7 ? 'release' : 'refuse';
    await bus.operations[verb](id, 'decided');
    say(verb === 'release' ? 'released' : 'refused', id);
  }
};

const redrive = async (): Promise<void> => {
  for (const { id } of (await bus.operations.deadLetters({ limit: 5 })).items) {
    say('redriving', id);
    await bus.operations.redrive(id);
    say('redriven', id);
  }
};

const request = async (): Promise<void> => {
  await planner.request({ to: { agent: 'w1' }, type: 'query', content: 'now?' }, { timeoutMs: 20 });
};

const turn = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
};

const forever = async (act: () => Promise<void>): Promise<never> => {
  for (;;) {
    // A race that was lost: someone else decided, redrove or answered first.
    await Promise.allSettled([act()]);
    await turn();
  }
};
await Promise.all([
  ...Array.from({ length: 8 }, () => forever(send)),
  forever(decide),
  forever(redrive),
  forever(request),
]);
