import { CharterbusError, StoreError } from '@charterbus/core-models';
import type { ChainableCommander } from 'ioredis';
import type { Tell } from '../keeper/keeper.js';
import { show, showEnd, showExpiry } from '../keeper/show.js';
import { AgentView } from '../view/agent-view.js';
import { Connection } from './connection.js';
import { joins, loadAgents, pageSize, resultsOf } from './load.js';
import type { RedisRegistrySettings } from './options.js';
import { pause } from './pause.js';
import { replaced } from './replaced.js';
import { sweepScript } from './scripts.js';
import { type Change, changesOf, type Place, type Snapshot, sharing, stateOf } from './stored.js';

const shortestPauseMs = 10;

/**
 * Keeps a view of all agents up to date: a snapshot, then the stream of changes, on a connection of its own that is read
 * with finite blocks and given up when it is silent for longer.
 *
 * How old the view may be is counted from the moment at which the last complete reading was asked for, on this process'
 * own clock: whatever Redis had answered to anybody before that moment is in the view. A reading counts only between two
 * commands that no replica takes, so that a server that was deposed does not pass for the primary.
 */
export class Follower {
  readonly #settings: RedisRegistrySettings;
  readonly #tell: Tell;
  readonly #waiting = new Set<{ readonly revision: number; readonly reached: () => void }>();
  readonly #closing = new AbortController();
  #view = new AgentView();
  #revision = 0;
  #head = '';
  #asOf = Number.NEGATIVE_INFINITY;
  /** The last reading found nothing while there was more: once is chance, twice means that the stream is not whole. */
  #suspect = false;
  /** The view is whole as of its revision: a new connection goes on from there. */
  #loaded = false;
  #connection: Connection | undefined;
  #running: Promise<void> | undefined;

  constructor(settings: RedisRegistrySettings, tell: Tell) {
    this.#settings = settings;
    this.#tell = tell;
  }

  get view(): AgentView {
    return this.#view;
  }

  /** The number of the last change that the view has. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether nothing that was changed more than `staleMs` ago can be missing in the view. */
  get current(): boolean {
    return this.#settings.clock.monotonic() - this.#asOf <= this.#settings.staleMs;
  }

  /** Loads the agents, and follows from then on. */
  async start(): Promise<void> {
    try {
      const connection = await this.#connect();
      this.#running = this.#follow(connection);
    } catch (cause) {
      this.#connection?.close();
      if (CharterbusError.isInstance(cause)) throw cause;
      throw new StoreError('STORE_UNAVAILABLE', 'The agents could not be loaded from Redis.', { cause });
    }
  }

  /** Resolves when the view has the change of that number, or when it is so old that nobody relies on it. */
  async reached(revision: number): Promise<void> {
    if (this.#revision >= revision) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { revision, reached: resolve };
    this.#waiting.add(waiting);
    using _timer = this.#settings.timers.after(this.#settings.staleMs, resolve);
    await promise;
    this.#waiting.delete(waiting);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#connection?.close();
    await this.#running;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #connect(): Promise<Connection> {
    const { keys, redis, staleMs, timers } = this.#settings;
    const connection = await Connection.open(redis, staleMs, timers);
    this.#connection = connection;
    // The first reading, too, has to stand between two commands that no replica takes.
    if (this.#loaded) await connection.run((client) => client.persist(keys.state), staleMs);
    else await this.#load(connection);
    return connection;
  }

  async #follow(first: Connection): Promise<void> {
    let pauseMs = shortestPauseMs;
    for (let connection: Connection | undefined = first; !this.#closed; connection = undefined) {
      try {
        connection ??= await this.#connect();
        pauseMs = shortestPauseMs;
        while (!this.#closed) await this.#read(connection);
      } catch (error) {
        this.#connection?.close();
        // What cannot be read in the stream may be readable in the whole.
        if (CharterbusError.isInstance(error)) this.#loaded = false;
        if (!this.#closed) this.#report(error);
      }
      await pause(pauseMs, this.#settings.timers, this.#closing.signal);
      pauseMs = Math.min(pauseMs * 2, this.#settings.staleMs / 4);
    }
    this.#connection?.close();
  }

  async #load(connection: Connection): Promise<void> {
    const { asOf, ...snapshot } = await loadAgents(connection, this.#settings);
    this.#replace(snapshot);
    this.#loaded = true;
    this.#suspect = false;
    this.#asOf = asOf;
    this.#wake();
  }

  async #read(connection: Connection): Promise<void> {
    const { clock, keys, staleMs } = this.#settings;
    const askedAt = clock.monotonic();
    // What has grown old, as after a pause of the process or a new connection, is not waited over.
    const blockMs = askedAt - this.#asOf > staleMs / 2 ? 1 : Math.floor(staleMs / 4);
    const replies = await connection.run(
      (client) => {
        const pipeline = client.pipeline();
        this.#sweep(pipeline);
        pipeline.xread('COUNT', pageSize, 'BLOCK', blockMs, 'STREAMS', keys.changes, `${this.#revision}-0`);
        return pipeline.persist(keys.state).hmget(keys.state, 'revision', 'head').exec();
      },
      blockMs + staleMs / 2,
    );
    const [read, , state] = resultsOf(replies).slice(-3);
    const changes = changesOf(read);
    if (!this.#append(changes) || !this.#agrees(stateOf(state), changes.length)) return this.#load(connection);
    if (changes.length < pageSize && !this.#suspect) this.#asOf = askedAt;
    this.#wake();
  }

  /** Whoever reads looks, each time, whose lease has run out: then all read of it. */
  #sweep(pipeline: ChainableCommander): void {
    if (this.#view.leased === 0) return;
    const { changesKept, ids, keys } = this.#settings;
    const { changes, state, leases, expired } = keys;
    pipeline.eval(sweepScript, 4, changes, state, leases, expired, changesKept, ids.next());
  }

  /** Whether what Redis says of the last change fits what was read. */
  #agrees({ revision, head }: Place, count: number): boolean {
    const behind = revision > this.#revision;
    const missed = behind && count === 0;
    if (missed && this.#suspect) return false;
    this.#suspect = missed;
    return behind || (revision === this.#revision && head === this.#head);
  }

  /** Applies what joins on; whether all of it did. */
  #append(changes: readonly Change[]): boolean {
    for (const change of changes) {
      if (!joins(change, { revision: this.#revision, head: this.#head })) return false;
      this.#revision = change.number;
      this.#head = change.head;
      this.#apply(change);
    }
    return true;
  }

  #apply({ kind, key, record }: Change): void {
    const entry = this.#view.entryOfKey(key);
    if (record !== undefined) return void show(kind, sharing(record, entry), this.#view, this.#tell);
    if (entry === undefined) return;
    if (kind === 'unregistered') return showEnd(entry, this.#view, this.#tell);
    // Somebody else may have heard of it: when its lease ends is not known here.
    entry.leaseEndsAt = undefined;
    showExpiry(entry, kind === 'expired', this.#view, this.#tell);
  }

  /** Takes a snapshot as the view, and tells what is different in it. */
  #replace(snapshot: Snapshot): void {
    const { view, changes } = replaced(this.#view, snapshot);
    this.#view = view;
    this.#revision = snapshot.revision;
    this.#head = snapshot.head;
    for (const change of changes) this.#tell(change);
  }

  /** A listener that throws does not end the following. */
  #report(error: unknown): void {
    try {
      this.#settings.onConnectionError(error);
    } catch (thrown) {
      this.#settings.onWatcherError(thrown);
    }
  }

  #wake(): void {
    for (const { revision, reached } of this.#waiting) if (this.#revision >= revision) reached();
  }
}
