import type { Entry } from '../broker/entry.js';
import type { Entries } from './entries.js';
import type { Shard } from './shard.js';

/** Deliveries that are looked at together. */
const step = 256;

/**
 * What is leased in a shard, to whichever process: leases of consumers that outlive their process stand among the deadlines,
 * all others in the list of their process.
 */
export const leasedIn = async (shard: Shard, entries: Entries): Promise<readonly Entry[]> => {
  const processes = await shard.read((client) => client.zrange(`${shard.base}:p`, 0, -1));
  const keys = [`${shard.base}:d`, ...processes.map((process) => `${shard.base}:pl:${process}`)];
  const lists = await Promise.all(keys.map((key) => shard.read((client) => client.zrange(key, 0, -1))));
  const members = [...new Set(lists.flat())];
  const found: Entry[] = [];
  for (let place = 0; place < members.length; place += step) {
    const read = await Promise.all(members.slice(place, place + step).map((member) => entries.read(member, shard)));
    for (const one of read) if (one?.entry.state === 'leased') found.push(one.entry);
  }
  return found;
};
