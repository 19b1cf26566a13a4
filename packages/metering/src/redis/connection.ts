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

interface Waiting {
  readonly since: number;
  readonly reject: (error: unknown) => void;
}

/** What a connection measures its deadlines with. */
export interface ConnectionTime {
  readonly clock: { monotonic(): number };
  readonly timers: Timers;
  /** How long an answer may take, in milliseconds. */
  readonly answerMs: number;
}

/**
 * One connection from its beginning to its first failure. Redis answers in order, so one timer stands for all answers that are
 * waited for: a timer for each would cost as much as a short script.
 */
export class Connection {
  readonly #client: Redis;
  readonly #time: ConnectionTime;
  /** In the order in which they were sent. */
  readonly #waiting = new Set<Waiting>();
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
  run<Result>(command: (client: Redis) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { since: this.#time.clock.monotonic(), reject };
      this.#waiting.add(waiting);
      this.#watching ??= this.#time.timers.after(this.#time.answerMs, () => this.#look());
      command(this.#client).then(
        (result) => {
          this.#waiting.delete(waiting);
          resolve(result);
        },
        (error: unknown) => {
          this.#waiting.delete(waiting);
          if (!isAnswer(error)) this.close();
          reject(
            isAnswer(error) ? error : (this.#failure ?? new Error('The connection to Redis failed.', { cause: error })),
          );
        },
      );
    });
  }

  /** What is waited for gets no answer. */
  close(): void {
    this.#closed = true;
    this.#watching?.[Symbol.dispose]();
    this.#watching = undefined;
    this.#client.disconnect();
    for (const { reject } of this.#waiting) reject(this.#failure ?? new Error('The connection to Redis is closed.'));
    this.#waiting.clear();
  }

  #look(): void {
    this.#watching = undefined;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const left = oldest.since + this.#time.answerMs - this.#time.clock.monotonic();
    if (left > 0) {
      this.#watching = this.#time.timers.after(left, () => this.#look());
      return;
    }
    this.#failure ??= new Error('Redis did not answer in time.');
    this.close();
  }
}
