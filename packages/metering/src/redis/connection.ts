import { ConfigurationError, type Timers } from '@charterbus/core-models';
import type { Redis, RedisOptions } from 'ioredis';

/** A client that lives once, keeps nothing for later and sends nothing twice. */
const once: RedisOptions = {
  lazyConnect: true,
  retryStrategy: () => null,
  reconnectOnError: null,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // Deadlines are those of the connection below: a client that was handed in may have others.
  commandTimeout: undefined,
  socketTimeout: undefined,
  disconnectTimeout: 100,
};

const loadDriver = async (): Promise<typeof Redis> => {
  try {
    const { Redis } = await import('ioredis');
    return Redis;
  } catch (cause) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'Metering on Redis needs the package ioredis: install it.', {
      cause,
    });
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

/** What a connection measures its deadlines with. */
export interface ConnectionTime {
  readonly timers: Timers;
  /** How long an answer may take, in milliseconds; a quarter more may pass before that is seen. */
  readonly answerMs: number;
}

/** Looks in the time of one deadline. */
const looks = 4;

/**
 * One connection from its beginning to its first failure. Redis answers in order, so it is enough to look now and then whether what
 * was sent a while ago has been answered: a timer for each command would cost as much as a short script.
 */
export class Connection {
  readonly #client: Redis;
  readonly #time: ConnectionTime;
  #sent = 0;
  #settled = 0;
  /** How many had been sent at each of the latest looks, the oldest first. */
  #sentAt: number[] = [];
  #watching: Disposable | undefined;
  #failure: Error | undefined;
  #closed = false;

  private constructor(client: Redis, time: ConnectionTime) {
    this.#client = client;
    this.#time = time;
    client.on('error', (error: Error) => (this.#failure = error));
  }

  /** @throws ConfigurationError without the driver; else whatever kept it from being ready in time. */
  static async open(redis: string | Redis, time: ConnectionTime): Promise<Connection> {
    const connection = new Connection(await makeClient(redis, time.answerMs), time);
    try {
      await connection.run((client) => client.connect());
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get usable(): boolean {
    return !this.#closed && this.#client.status === 'ready';
  }

  /** Runs a command. One that takes too long, or fails otherwise than by Redis' answer, ends the connection. */
  async run<Result>(command: (client: Redis) => Promise<Result>): Promise<Result> {
    this.#sent += 1;
    this.#watching ??= this.#watch();
    try {
      return await command(this.#client);
    } catch (error) {
      if (isAnswer(error)) throw error;
      this.close();
      throw this.#failure ?? error;
    } finally {
      this.#settled += 1;
    }
  }

  /** What is waited for gets no answer. */
  close(): void {
    this.#closed = true;
    this.#watching?.[Symbol.dispose]();
    this.#watching = undefined;
    this.#client.disconnect();
  }

  #watch(): Disposable {
    return this.#time.timers.after(this.#time.answerMs / looks, () => this.#look());
  }

  #look(): void {
    this.#watching = undefined;
    const due = this.#sentAt.length < looks ? 0 : (this.#sentAt.shift() ?? 0);
    if (this.#settled < due) {
      this.#failure ??= new Error('Redis did not answer in time.');
      this.close();
    } else if (this.#sent > this.#settled) {
      this.#sentAt.push(this.#sent);
      this.#watching = this.#watch();
    } else {
      this.#sentAt = [];
    }
  }
}
