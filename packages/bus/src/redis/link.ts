import { type Clock, StoreError, type Timers } from '@charterbus/core-models';
import { ended } from '@charterbus/recovery';
import { isRedisAnswer, RedisConnection } from '@charterbus/registry/redis';
import type { Redis } from 'ioredis';

/** Between two tries to reach Redis, in milliseconds. */
const pauseMs = 25;
/** The longest that opening one connection may take. */
const openMs = 2000;

export const retryAfterMs = 1000;

/** Nothing of the change was kept. */
export const unavailable = (cause: unknown, words = 'Redis did not take the change.'): StoreError =>
  new StoreError('STORE_UNAVAILABLE', words, { cause, retryAfterMs });

/** Answers after which the same may be asked again: the server did nothing, and another one, or the same a little later, may. */
const passing = /\b(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|MOVED|ASK|NOREPLICAS)\b/;

/** Whether an answer means that nothing was done and that a new connection may fare better. */
export const isPassing = (error: unknown): error is Error => isRedisAnswer(error) && passing.test(error.message);

export const isMemoryFull = (error: unknown): boolean => isRedisAnswer(error) && /\bOOM\b/.test(error.message);

export interface LinkOptions {
  readonly redis: string | Redis;
  /** Real time: deadlines of connections are not those of messages. */
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onConnectionError: (error: unknown) => void;
  /** What a new connection has to pass before it is used. */
  readonly prepare?: (connection: RedisConnection) => Promise<void>;
}

const movedTo = (error: Error) => /\bMOVED \d+ (\S+):(\d+)/.exec(error.message);

const elsewhere = (redis: string | Redis, host: string, port: number): string | Redis => {
  if (typeof redis !== 'string') return redis.duplicate({ host, port, lazyConnect: true });
  const url = new URL(redis);
  url.hostname = host;
  url.port = String(port);
  return url.href;
};

/** One connection at a time, made when it is needed, and anew after it failed. */
export class Link {
  readonly #options: LinkOptions;
  #redis: string | Redis;
  #opening: Promise<RedisConnection> | undefined;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#redis = options.redis;
  }

  /** The connection, made anew until the deadline where Redis cannot be reached. @throws StoreError `STORE_UNAVAILABLE`. */
  async connected(deadline: number): Promise<RedisConnection> {
    for (;;) {
      if (this.#closed) throw new StoreError('STORE_UNAVAILABLE', 'The bus is closed.');
      try {
        const connection = await (this.#opening ??= this.#open(deadline));
        if (connection.usable) return connection;
        this.#opening = undefined;
      } catch (error) {
        this.#opening = undefined;
        if (!isPassing(error) && StoreError.isInstance(error)) throw error;
        if (!this.#closed) this.#options.onConnectionError(error);
        if (!(await this.again(deadline))) throw unavailable(error, 'Redis cannot be reached.');
      }
    }
  }

  /** After an answer that another server may not give: the next connection is another one. */
  drop(connection: RedisConnection, error: Error): void {
    connection.close();
    const [, host, port] = movedTo(error) ?? [];
    this.#redis = host === undefined ? this.#options.redis : elsewhere(this.#options.redis, host, Number(port));
  }

  /** Lets a moment pass before the next try; whether there is time for one. */
  async again(deadline: number): Promise<boolean> {
    const { clock, timers } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = timers.after(pauseMs, resolve);
    await promise;
    return clock.monotonic() < deadline;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await ended(this.#opening);
    connection?.close();
  }

  async #open(deadline: number): Promise<RedisConnection> {
    const { clock, timers, prepare } = this.#options;
    const withinMs = Math.max(1, Math.min(openMs, deadline - clock.monotonic()));
    const connection = await RedisConnection.open(this.#redis, withinMs, timers);
    try {
      await prepare?.(connection);
      return connection;
    } catch (error) {
      if (isPassing(error)) this.drop(connection, error);
      connection.close();
      throw error;
    }
  }
}

/** Where a key is: in a cluster the server that has its slot, else what was stated. */
export const whereIs = async (key: string, options: LinkOptions, withinMs: number): Promise<string | Redis> => {
  const connection = await RedisConnection.open(options.redis, withinMs, options.timers);
  try {
    await connection.run((client) => client.exists(key), withinMs);
    return options.redis;
  } catch (error) {
    const [, host, port] = isPassing(error) ? (movedTo(error) ?? []) : [];
    if (host === undefined) throw unavailable(error, 'Redis cannot be reached.');
    return elsewhere(options.redis, host, Number(port));
  } finally {
    connection.close();
  }
};
