import { deliveryId, type Entry } from '../broker/entry.js';
import type { Entries } from './entries.js';
import type { Shard } from './shard.js';

/** Deliveries that are looked at together. */
const step = 256;

/** The members of a sorted set, some at a time; one that is there all the while is among them, perhaps more than once. */
async function* membersOf(key: string, shard: Shard): AsyncGenerator<readonly string[]> {
  let cursor = '0';
  do {
    const [next, found] = await shard.read((client) => client.zscan(key, cursor, 'COUNT', step));
    cursor = next;
    // Each is followed by its score.
    yield found.filter((_, place) => place % 2 === 0);
  } while (cursor !== '0');
}

const leasedAmong = async (members: readonly string[], shard: Shard, entries: Entries): Promise<readonly Entry[]> => {
  const read = await Promise.all(members.map((member) => entries.read(member, shard)));
  return read.flatMap((one) => (one?.entry.state === 'leased' ? [one.entry] : []));
};

/**
 * What is leased in a shard, to whichever process: leases of consumers that outlive their process stand among the deadlines,
 * all others in the list of their process.
 */
export const leasedIn = async (shard: Shard, entries: Entries): Promise<readonly Entry[]> => {
  const processes = await shard.read((client) => client.zrange(`${shard.base}:p`, 0, -1));
  const found = new Map<string, Entry>();
  for (const key of [`${shard.base}:d`, ...processes.map((process) => `${shard.base}:pl:${process}`)]) {
    for await (const members of membersOf(key, shard)) {
      for (const entry of await leasedAmong(members, shard, entries)) found.set(deliveryId(entry), entry);
    }
  }
  return [...found.values()];
};
