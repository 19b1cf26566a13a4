import { type Clock, systemClock, systemTimers, type Timers } from '@charterbus/core-models';
import type { RedisConnection } from '@charterbus/registry/redis';
import type { Redis } from 'ioredis';
import { isPassing, Link } from './link.js';
import type { RedisSettings } from './options.js';
import type { Shard } from './shard.js';

export interface WakesOptions {
  readonly settings: RedisSettings;
  readonly shard: Shard;
  /** Of this process. */
  readonly process: string;
  /** Told each word: its first letter says what it is about. */
  readonly tell: (word: string) => void;
  /** Told whenever something may have been missed. */
  readonly missed: () => void;
}

/** How long one read waits, in seconds. Redis answers nothing then, and whoever is silent for longer is given up. */
const blockSeconds = 1;
const silentMs = 3000;
/** Words taken with the first, without waiting. */
const mostWords = 100;
const longestPauseMs = 1000;

/** Listens for what other processes have for this one, on a connection of its own. */
export class Wakes {
  readonly #options: WakesOptions;
  readonly #link: Link;
  readonly #clock: Clock = systemClock;
  readonly #timers: Timers = systemTimers;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: WakesOptions) {
    const { redis, onConnectionError } = options.settings;
    this.#options = options;
    this.#link = new Link({ redis, clock: this.#clock, timers: this.#timers, onConnectionError });
  }

  start(): void {
    this.#running = this.#listen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#link.close();
    await this.#running;
  }

  /** Never rejects. */
  async #listen(): Promise<void> {
    const { missed, settings } = this.#options;
    while (!this.#closed) {
      try {
        const connection = await this.#link.connected(this.#clock.monotonic() + longestPauseMs);
        missed();
        await this.#listenOn(connection);
      } catch (error) {
        if (!this.#closed) settings.onConnectionError(error);
        await this.#link.again(0);
      }
    }
  }

  async #listenOn(connection: RedisConnection): Promise<void> {
    try {
      while (!this.#closed && connection.usable) {
        const heard = await connection.run((client) => this.#read(client), silentMs);
        if (!heard) this.#options.missed();
      }
    } catch (error) {
      if (isPassing(error)) this.#link.drop(connection, error);
      throw error;
    }
  }

  async #read(client: Redis): Promise<boolean> {
    const { shard, process, tell } = this.#options;
    const key = `${shard.base}:w:${process}`;
    const replies = await client.pipeline().blpop(key, blockSeconds).lpop(key, mostWords).exec();
    const [first, more] = replies ?? [];
    const failure = first?.[0] ?? undefined;
    if (failure !== undefined) throw failure;
    const [, word] = (first?.[1] ?? []) as readonly string[];
    if (word === undefined) return false;
    tell(word);
    for (const other of (more?.[1] ?? []) as readonly string[]) tell(other);
    return true;
  }
}
