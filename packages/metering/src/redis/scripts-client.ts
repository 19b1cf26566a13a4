import { createHash } from 'node:crypto';
import { CharterbusError } from '@charterbus/core-models';
import type { Redis } from 'ioredis';
import { Connection, type ConnectionTime, isAnswer } from './connection.js';

/** A script, and the name that Redis knows it by. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

export const scriptOf = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') });

export interface ScriptsClientOptions extends ConnectionTime {
  readonly redis: string | Redis;
  /** Whatever is asked when it is closed, or ends meanwhile, fails with this. */
  readonly closed: () => Error;
  readonly onConnectionError: (error: unknown) => void;
}

/** What kept a script from answering. */
export type ScriptFailure =
  | { readonly kind: 'nothing'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** Thrown by `ScriptsClient`: whether the script may have run all the same. */
export class ScriptFailed extends Error {
  readonly failure: ScriptFailure;

  constructor(failure: ScriptFailure) {
    super('The script did not answer.', { cause: failure.error });
    this.failure = failure;
  }
}

/** Runs scripts on a connection that is made when it is needed. None is sent twice by itself. */
export class ScriptsClient {
  readonly #options: ScriptsClientOptions;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #isClosed = false;

  constructor(options: ScriptsClientOptions) {
    this.#options = options;
  }

  /** @throws ScriptFailed; ConfigurationError without the driver. */
  async run(script: Script, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    const usable = this.#usable();
    const connection = usable instanceof Connection ? usable : await usable;
    const parameters = [...keys, ...values];
    try {
      return await connection.run((client) => client.evalsha(script.sha, keys.length, ...parameters));
    } catch (error) {
      if (!isAnswer(error)) throw this.#failed('unknown', error);
      if (!error.message.startsWith('NOSCRIPT')) throw this.#refused(connection, error);
    }
    // It was never loaded here, or Redis has begun anew; whoever sends the text loads it.
    return this.command((client) => client.eval(script.text, keys.length, ...parameters));
  }

  /** @throws ScriptFailed; ConfigurationError without the driver. */
  async command<Result>(command: (client: Redis) => Promise<Result>): Promise<Result> {
    const connection = await this.#usable();
    try {
      return await connection.run(command);
    } catch (error) {
      throw isAnswer(error) ? this.#refused(connection, error) : this.#failed('unknown', error);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
  }

  /** Without a wait where there is one: most calls are on a connection that stands. */
  #usable(): Connection | Promise<Connection> {
    if (this.#isClosed) throw new ScriptFailed({ kind: 'nothing', error: this.#options.closed() });
    if (this.#connection?.usable === true) return this.#connection;
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #open(): Promise<Connection> {
    try {
      const connection = await Connection.open(this.#options.redis, this.#options);
      if (this.#isClosed) connection.close();
      this.#connection = connection;
      return connection;
    } catch (error) {
      if (CharterbusError.isInstance(error)) throw error;
      throw this.#failed('nothing', error);
    }
  }

  /** Redis itself said no: nothing was done. One that was deposed is left: a new connection may find the primary. */
  #refused(connection: Connection, error: Error): ScriptFailed {
    if (error.message.includes('READONLY')) connection.close();
    return new ScriptFailed({ kind: 'nothing', error });
  }

  #failed(kind: ScriptFailure['kind'], error: unknown): ScriptFailed {
    this.#options.onConnectionError(error);
    return new ScriptFailed({ kind, error });
  }
}
