import type { Timers } from '@charterbus/core-models';
import type { UsageBatch, UsageRecord, UsageSource } from '@charterbus/metering';
import { LRUCache } from 'lru-cache';
import { filledForm } from '../broker/leaf.js';
import type { EnterpriseTenants } from '../usage/operations.js';
import { type UsageTemplate, usageOfLeaf } from '../usage/usage-of-leaf.js';
import type { Shard } from './shard.js';

/** Forms of leaves whose template is remembered. */
const mostTemplates = 10_000;
/** How often readers look: other processes commit as well, and nobody tells of it. */
const lookMs = 500;
/** In the place of what leaves of one form have of their own: none of it is of the template. */
const nothing = { at: '1970-01-01T00:00:00.000Z', digest: '', message: '' };

/** `index form message`, a line break, and the text, or of a form the moment and the digest. */
interface StoredLeaf {
  readonly index: number;
  readonly form: string;
  readonly own: string;
}

const storedLeaf = (text: string): StoredLeaf => {
  const end = text.indexOf('\n');
  const [index = '', form = ''] = text.slice(0, end).split(' ');
  return { index: Number(index), form, own: text.slice(end + 1) };
};

/** The audit log of one shard, as usage. It is a window: what has gone before anybody read it is told as lost. */
export class RedisUsage implements UsageSource {
  readonly name: string;
  readonly #shard: Shard;
  readonly #timers: Timers;
  readonly #enterprise: EnterpriseTenants;
  readonly #templates = new LRUCache<string, UsageTemplate>({ max: mostTemplates });

  constructor(shard: Shard, timers: Timers, enterprise: EnterpriseTenants) {
    this.name = `shard-${shard.index}`;
    this.#shard = shard;
    this.#timers = timers;
    this.#enterprise = enterprise;
  }

  /** Looks from time to time. */
  watch(listener: () => void): Disposable {
    let timer: Disposable;
    const look = (): void => {
      timer = this.#timers.after(lookMs, look);
      listener();
    };
    timer = this.#timers.after(lookMs, look);
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  /** @throws StoreError where Redis cannot be reached. */
  async read(from: number, limit: number): Promise<UsageBatch> {
    const { base } = this.#shard;
    const [count, kept] = await this.#shard.read(async (client) =>
      Promise.all([client.hget(`${base}:s`, 'leaf'), client.llen(`${base}:leaves`)]),
    );
    const first = Math.max(0, Number(count ?? 0) - kept);
    if (from >= Number(count ?? 0)) return { records: [], cursor: from, more: false, lost: 0 };
    const leaves = await this.#leavesFrom(from, from - first, limit);
    return this.#batch(leaves, from, Number(count ?? 0));
  }

  /** Where old ones go meanwhile, the others move up: each says its own index, and it is looked again, as far before as it has moved. */
  async #leavesFrom(from: number, place: number, limit: number): Promise<readonly StoredLeaf[]> {
    for (let start = Math.max(0, place); ; ) {
      const stop = start + limit - 1;
      const texts = await this.#shard.read((client) => client.lrange(`${this.#shard.base}:leaves`, start, stop));
      const leaves = texts.map(storedLeaf);
      const ahead = (leaves[0]?.index ?? from) - from;
      if (ahead <= 0 || start === 0) return leaves.filter(({ index }) => index >= from);
      start = Math.max(0, start - ahead);
    }
  }

  async #batch(leaves: readonly StoredLeaf[], from: number, count: number): Promise<UsageBatch> {
    const records: UsageRecord[] = [];
    let [cursor, lost] = [from, 0];
    for (const leaf of leaves) {
      lost += leaf.index - cursor;
      cursor = leaf.index + 1;
      const record = await this.#recordOf(leaf);
      if (record === undefined) lost += 1;
      else records.push(record);
    }
    return { records, cursor, more: cursor < count, lost };
  }

  async #recordOf({ index, form, own }: StoredLeaf): Promise<UsageRecord | undefined> {
    try {
      if (form === '-') {
        const { at, template } = usageOfLeaf(own, this.#enterprise);
        return { ...template, index, at };
      }
      const template = this.#templates.get(form) ?? (await this.#templateOf(form));
      return template && { ...template, index, at: Number(own.slice(0, own.indexOf(' '))) };
    } catch (error) {
      // What cannot be read is told as lost; a server that is away is not.
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  async #templateOf(form: string): Promise<UsageTemplate | undefined> {
    const text = await this.#shard.forms.text(form);
    if (text === undefined) return undefined;
    const { template } = usageOfLeaf(filledForm(text, nothing), this.#enterprise);
    this.#templates.set(form, template);
    return template;
  }
}
