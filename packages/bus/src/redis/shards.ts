import { hash } from 'node:crypto';
import type { BrokerCounts } from '../broker/broker.js';
import type { Shard } from './shard.js';

/** Finds the part in which something is kept. */
export class Shards {
  readonly all: readonly Shard[];
  readonly #byTenant = new Map<string, Shard>();

  constructor(all: readonly Shard[]) {
    this.all = all;
  }

  get first(): Shard {
    return this.all[0] as Shard;
  }

  /** That of a recipient's tenant. */
  of(tenant: string): Shard {
    if (this.all.length === 1) return this.first;
    let shard = this.#byTenant.get(tenant);
    if (shard === undefined) {
      shard = this.all[shardOf(tenant, this.all.length)] as Shard;
      if (this.#byTenant.size > mostRemembered) this.#byTenant.clear();
      this.#byTenant.set(tenant, shard);
    }
    return shard;
  }

  get counts(): BrokerCounts {
    const [only] = this.all;
    if (this.all.length === 1 && only !== undefined) return only.counts;
    const sum = { queued: 0, leased: 0, held: 0 };
    for (const { counts } of this.all) {
      sum.queued += counts.queued;
      sum.leased += counts.leased;
      sum.held += counts.held;
    }
    return sum;
  }

  /** The answer of the one shard that has it; of several, that of the first. Rejects where any shard cannot be asked. */
  async find<T>(look: (shard: Shard) => Promise<T | undefined>): Promise<T | undefined> {
    if (this.all.length === 1) return look(this.first);
    const found = await Promise.all(this.all.map(look));
    return found.find((one) => one !== undefined);
  }

  async collect<T>(look: (shard: Shard) => Promise<readonly T[]>): Promise<readonly T[]> {
    return (await Promise.all(this.all.map(look))).flat();
  }
}

const mostRemembered = 10_000;

/** Fixed for good: what was kept under one number is looked for under it. */
const shardOf = (tenant: string, shards: number): number =>
  Number.parseInt(hash('sha1', tenant, 'hex').slice(0, 8), 16) % shards;
