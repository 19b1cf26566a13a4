/** The other process of the Redis bench: consumes, by what its first argument says, until its parent ends it. */
import { createBus } from '@charterbus/bus';
import { redisBackend } from '@charterbus/bus/redis';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [kind = '', url = '', prefix = '', tokens = '', total = '0'] = process.argv.slice(2);
const awaited = Number(total);
let seen = 0;

const count = (): void => {
  seen += 1;
  if (seen === awaited) process.send?.('done');
};

const bare = async (): Promise<void> => {
  const client = new Redis(url);
  await client.xgroup('CREATE', prefix, 'group', '0', 'MKSTREAM');
  process.send?.('ready');
  for (;;) {
    const read = (await client.xreadgroup(
      'GROUP',
      'group',
      'one',
      'COUNT',
      500,
      'BLOCK',
      1000,
      'STREAMS',
      prefix,
      '>',
    )) as readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[] | null;
    const entries = read?.[0]?.[1] ?? [];
    if (entries.length === 0) continue;
    await client.xack(prefix, 'group', ...entries.map(([id]) => id));
    for (const _ of entries) count();
  }
};

const governed = async (): Promise<void> => {
  const bus = await createBus({ backend: redisBackend({ redis: url, prefix }), delivery: { mailboxLimit: 1e6 } });
  for (const token of tokens.split(',')) {
    // A busy machine may have heard nothing of Redis for a while: then nobody is let in until it has.
    await bus.operations.leafCount();
    bus.connect(token).handle(count, { credit: 128 });
  }
  process.send?.('ready');
};

const bull = async (): Promise<void> => {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const worker = new Worker(prefix, async () => count(), { connection, concurrency: 100 });
  await worker.waitUntilReady();
  process.send?.('ready');
};

const kinds: Readonly<Record<string, () => Promise<void>>> = { bare, governed, bull };
await kinds[kind]?.();
