// Takes what comes into a stream as the one consumer of a group, acknowledges it, and tells its parent how many it has been.
import { argv } from 'node:process';
import { Redis } from 'ioredis';

const [, , url = '', stream = '', group = ''] = argv;
const redis = new Redis(url);
// In the middle of a wait: there is nothing to lose.
process.once('disconnect', () => process.exit());
process.send?.(0);
for (;;) {
  const read = await redis.xreadgroup('GROUP', group, 'one', 'COUNT', 500, 'BLOCK', 500, 'STREAMS', stream, '>');
  const [given] = (read ?? []) as [stream: string, entries: [id: string, fields: string[]][]][];
  if (given === undefined) continue;
  const ids = given[1].map(([id]) => id);
  await redis.xack(stream, group, ...ids);
  process.send?.(ids.length);
}
