import { ConfigurationError, type Timers } from '@charterbus/core-models';
import type { Redis, RedisOptions } from 'ioredis';

/**
 * What makes a client live once: it neither reconnects nor keeps commands for later, so that nothing is sent twice and
 * nothing waits without a bound. Who needs another connection opens one.
 */
const once: RedisOptions = {
  lazyConnect: true,
  retryStrategy: () => null,
  reconnectOnError: null,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableAutoPipelining: false,
  // Deadlines are the registry's: a client that was handed in may have shorter ones than a blocking read takes.
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
  // An orderly end waits for the other side, which may be what is wrong.
  disconnectTimeout: 100,
};

const loadDriver = async (): Promise<typeof Redis> => {
  try {
    const { Redis } = await import('ioredis');
    return Redis;
  } catch (cause) {
    throw new ConfigurationError(
      'CONFIGURATION_INVALID',
      'A registry on Redis needs the package ioredis: install it.',
      {
        cause,
      },
    );
  }
};

const makeClient = async (redis: string | Redis, connectTimeout: number): Promise<Redis> => {
  const options = { ...once, connectTimeout };
  if (typeof redis !== 'string') return redis.duplicate(options);
  const Client = await loadDriver();
  return new Client(redis, options);
};

/** Whether the error is Redis' own answer: then the command did nothing. */
export const isAnswer = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/** One connection from its beginning to its first failure. */
export class Connection {
  readonly #client: Redis;
  readonly #timers: Timers;
  /** What the client told of last: better than its word that the connection is closed. */
  #failure: unknown;
  #closed = false;

  private constructor(client: Redis, timers: Timers) {
    this.#client = client;
    this.#timers = timers;
    client.on('error', (error) => (this.#failure = error));
  }

  /** @throws ConfigurationError without the driver; else whatever kept it from being ready in time. */
  static async open(redis: string | Redis, withinMs: number, timers: Timers): Promise<Connection> {
    const connection = new Connection(await makeClient(redis, withinMs), timers);
    try {
      await connection.run((client) => client.connect(), withinMs);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get usable(): boolean {
    return !this.#closed && this.#client.status === 'ready';
  }

  /** Runs a command. One that takes longer, or fails otherwise than by Redis' answer, ends the connection. */
  async run<Result>(command: (client: Redis) => Promise<Result>, withinMs: number): Promise<Result> {
    const late = Promise.withResolvers<never>();
    using _deadline = this.#timers.after(withinMs, () => late.reject(new Error('Redis did not answer in time.')));
    try {
      return await Promise.race([command(this.#client), late.promise]);
    } catch (error) {
      if (isAnswer(error)) throw error;
      this.close();
      throw this.#failure ?? error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#client.disconnect();
  }
}
