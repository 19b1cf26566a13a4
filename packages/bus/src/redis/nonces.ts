import type { Nonce, NonceMemory } from '@charterbus/validators';
import type { Shards } from './shards.js';

/** Which signatures were used, for all processes: each nonce in the shard of its sender's tenant, until it runs out. */
export class RedisNonces implements NonceMemory {
  readonly #shards: Shards;
  readonly #now: () => number;

  /** @param now wall-clock milliseconds. */
  constructor(shards: Shards, now: () => number) {
    this.#shards = shards;
    this.#now = now;
  }

  async remember({ agent, nonce, message }: Nonce, untilMs: number): Promise<boolean> {
    const shard = this.#shards.of(agent.slice(0, agent.indexOf('/')));
    const name = `${shard.base}:n:${agent} ${nonce}`;
    // A moment longer than it is good for, whatever the clocks of servers say.
    const lastsMs = Math.max(1000, Math.ceil(untilMs - this.#now()) + 60_000);
    const kept = await shard.read((client) => client.set(name, message, 'PX', lastsMs, 'NX'));
    if (kept !== null) return true;
    return (await shard.read((client) => client.get(name))) === message;
  }
}
