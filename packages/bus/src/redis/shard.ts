import { type Clock, type IdSource, systemClock, systemTimers, type Timers } from '@charterbus/core-models';
import { isRedisAnswer, type RedisConnection } from '@charterbus/registry/redis';
import type { Redis } from 'ioredis';
import type { BrokerCounts } from '../broker/broker.js';
import { Batcher, type Result } from './batcher.js';
import { RedisForms } from './forms.js';
import { isPassing, Link, unavailable } from './link.js';
import { type RedisSettings, shardBase } from './options.js';
import { Script } from './script.js';
import { publishScript } from './scripts/publish.js';
import { workScript } from './scripts/work.js';

/** Where the time of leases and deadlines comes from. */
export interface ServerTime {
  /** Milliseconds; in place of the server's own where a test owns the time. */
  readonly stated?: () => number;
}

export interface ShardOptions {
  readonly settings: RedisSettings;
  readonly index: number;
  /** Of this process. */
  readonly process: string;
  readonly ids: IdSource;
  readonly agingMs: number;
  readonly mailboxLimit: number;
  readonly tenantLimit: number;
  readonly totalLimit: number;
  readonly serverTime: ServerTime;
  readonly onAnswer: (shard: Shard, answer: ShardAnswer) => void;
  /** Called for a new connection, before it is used for work. */
  readonly onConnected: (shard: Shard) => void;
}

/** What each call tells besides its results. */
export interface ShardAnswer {
  /** The server's time at which the next thing falls due; nothing where nothing does. */
  readonly nextDue: number | undefined;
  /** What there is for this process; see `Notices`. */
  readonly words: readonly string[];
  /** What commits have to rest on; empty where that was never said. */
  readonly ground: string;
  /** The number of what is remembered of subscriptions and pauses; of the first shard. */
  readonly topics: string;
}

/** Positions that a millisecond is worth; see `turn.ts`. */
const positionsPerMs = 1024;

const publish = new Script(publishScript);
const work = new Script(workScript);

const dueOf = (...moments: readonly unknown[]): number | undefined => {
  const known = moments.filter((moment) => moment !== '').map(Number);
  return known.length === 0 ? undefined : Math.min(...known);
};

/** One part of what is kept: its connections, its calls, its time. */
export class Shard {
  readonly index: number;
  readonly base: string;
  readonly forms: RedisForms;
  readonly publishing: Batcher;
  readonly working: Batcher;
  readonly #options: ShardOptions;
  readonly #clock: Clock = systemClock;
  readonly #timers: Timers = systemTimers;
  readonly #writer: Link;
  /** Of its own where publishing waits for replicas, so that nothing else does. */
  readonly #worker: Link;
  readonly #reader: Link;
  #store = '';
  #now = 0;
  #asOf = 0;
  #counts: BrokerCounts = { queued: 0, leased: 0, held: 0 };
  finishedBytes = 0;

  constructor(options: ShardOptions) {
    const { settings, index } = options;
    this.#options = options;
    this.index = index;
    this.base = shardBase(settings.prefix, index);
    this.forms = new RedisForms((name) => this.read((client) => client.hget(`${this.base}:forms`, name)));
    const link = (prepare?: (connection: RedisConnection) => Promise<void>) =>
      new Link({
        redis: settings.redis,
        clock: this.#clock,
        timers: this.#timers,
        onConnectionError: settings.onConnectionError,
        ...(prepare === undefined ? {} : { prepare }),
      });
    const prepare = (connection: RedisConnection): Promise<void> => this.#prepare(connection);
    this.#writer = link(prepare);
    this.#worker = settings.replicas === undefined ? this.#writer : link(prepare);
    this.#reader = link();
    const monotonic = (): number => this.#clock.monotonic();
    const limits = [options.mailboxLimit, options.tenantLimit, options.totalLimit].map(String);
    const publishSending = {
      send: (connection: RedisConnection, written: readonly string[], withinMs: number) =>
        this.#send(publish, connection, [...limits, ...written], withinMs),
    };
    const workSending = {
      send: (connection: RedisConnection, written: readonly string[], withinMs: number) =>
        this.#send(work, connection, written, withinMs),
    };
    this.publishing = new Batcher(this.#writer, publishSending, monotonic, settings.changeMs);
    this.working = new Batcher(this.#worker, workSending, monotonic, settings.changeMs);
  }

  get counts(): BrokerCounts {
    return this.#counts;
  }

  /** The server's time, as far as is known here: behind it by the way of its last answer at the most. */
  now(): number {
    const { stated } = this.#options.serverTime;
    return stated === undefined ? this.#now + (this.#clock.monotonic() - this.#asOf) : stated();
  }

  /** @throws StoreError where Redis cannot be reached. */
  async start(): Promise<void> {
    await this.#worker.connected(this.#clock.monotonic() + this.#options.settings.changeMs);
  }

  /**
   * Reads what is committed, on a connection on which nothing waits; also for what may be done twice. Asked again where a
   * connection is lost.
   *
   * @throws StoreError `STORE_UNAVAILABLE`.
   */
  async read<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    const { changeMs } = this.#options.settings;
    const deadline = this.#clock.monotonic() + changeMs;
    for (;;) {
      const connection = await this.#reader.connected(deadline);
      try {
        return await connection.run(command, changeMs);
      } catch (error) {
        if (isPassing(error)) this.#reader.drop(connection, error);
        else if (isRedisAnswer(error)) throw unavailable(error, 'Redis did not answer what was asked.');
        if (!(await this.#reader.again(deadline))) throw unavailable(error, 'Redis cannot be reached.');
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#worker.close(), this.#reader.close()]);
  }

  /** What is kept there is what this process has known, or else another store: an emptied one, or another state of it. */
  async #prepare(connection: RedisConnection): Promise<void> {
    const { settings, ids } = this.#options;
    const key = `${this.base}:s`;
    await connection.run((client) => client.hsetnx(key, 'store', ids.next()), settings.changeMs);
    this.#store = (await connection.run((client) => client.hget(key, 'store'), settings.changeMs)) ?? '';
    this.forms.forget();
    this.#options.onConnected(this);
  }

  async #send(
    script: Script,
    connection: RedisConnection,
    written: readonly string[],
    withinMs: number,
  ): Promise<readonly Result[] | undefined> {
    const { settings, agingMs, process, serverTime } = this.#options;
    const { replicas } = settings;
    const time = serverTime.stated === undefined ? '' : String(Math.floor(serverTime.stated()));
    const values = [
      this.base,
      time,
      this.#store,
      process,
      String(agingMs * positionsPerMs),
      String(settings.leavesKept),
      String(settings.silenceMs),
      ...written,
    ];
    const waiting =
      script === publish && replicas !== undefined
        ? (client: Redis) => client.wait(replicas.atLeast, replicas.withinMs)
        : undefined;
    const [answer, reached] = await script.run(connection, values, withinMs + (replicas?.withinMs ?? 0), waiting);
    const results = this.#read(answer as readonly unknown[]);
    if (results === undefined) {
      await this.#prepare(connection);
      return undefined;
    }
    return results.map((value) => ({ value, replicas: reached }));
  }

  #read(answer: readonly unknown[]): readonly Result['value'][] | undefined {
    const [kind, now, head, own, queued, leased, held, bytes, words, results, ground, topics] = answer;
    if (kind !== 'ok') return undefined;
    this.#now = Number(now);
    this.#asOf = this.#clock.monotonic();
    this.#counts = { queued: Number(queued), leased: Number(leased), held: Number(held) };
    this.finishedBytes = Number(bytes);
    this.#options.onAnswer(this, {
      nextDue: dueOf(head, own),
      words: words as readonly string[],
      ground: String(ground),
      topics: String(topics),
    });
    return results as readonly Result['value'][];
  }
}
