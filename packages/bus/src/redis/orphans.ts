import type { Entries } from './entries.js';
import type { Leases } from './leases.js';
import type { Shard } from './shard.js';

export interface OrphansOptions {
  readonly entries: Entries;
  readonly leases: Leases;
  /** Of this process. */
  readonly process: string;
}

/**
 * Leases that were taken for this process with an answer that never came: nobody saw those messages, and nobody would before
 * their leases run out.
 */
export class Orphans {
  readonly #options: OrphansOptions;

  constructor(options: OrphansOptions) {
    this.#options = options;
  }

  /** As if they had never been given. Called for each new connection. */
  async giveBack(shard: Shard): Promise<void> {
    const { entries, leases, process } = this.#options;
    const taken = await shard.read((client) => client.zrange(`${shard.base}:pl:${process}`, 0, -1));
    for (const member of taken) {
      if (leases.has(member)) continue;
      const found = await entries.read(member, shard);
      // What is claimed while this looks has its lease at hand by then.
      if (found?.entry.state !== 'leased' || leases.has(member)) continue;
      const { token } = found.entry;
      await entries.change(found, (now) =>
        now.state !== 'leased' || now.token !== token || leases.has(member)
          ? undefined
          : {
              patch: { state: 'queued', leaseUntil: 0, attempt: now.attempt - 1 },
              event: { kind: 'returned', attempt: now.attempt },
              audited: false,
            },
      );
    }
  }
}
