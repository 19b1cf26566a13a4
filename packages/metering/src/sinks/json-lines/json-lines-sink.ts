import { CharterbusError, ConfigurationError, OperationError } from '@charterbus/core-models';
import { type DirectoryLock, lockDirectory } from '@charterbus/store';
import type { UsageEntry } from '../../ledger/usage-ledger.js';
import type { UsageSink } from '../usage-sink.js';
import { recordLine } from './lines.js';
import { type CurrentFile, openCurrent, rotate } from './usage-files.js';

export interface JsonLinesOptions {
  /** A directory of its own; made where it is missing. The sink is its one owner until it is closed. */
  readonly directory: string;
  /** Default `json-lines`. */
  readonly name?: string;
  /** From this size on the next batch goes into another file. Default 64 MiB. */
  readonly rotateBytes?: number;
  /** Full files that are kept; older ones are deleted. Default 1000. */
  readonly keptFiles?: number;
  /** Whether each batch is on the disk before it counts as taken: then also a loss of power loses and doubles nothing. Default true. */
  readonly sync?: boolean;
}

const defaultRotateBytes = 64 * 1024 * 1024;
const defaultKeptFiles = 1000;

const unavailable = (cause: unknown): OperationError =>
  new OperationError('SINK_UNAVAILABLE', 'The usage could not be written to its file.', { cause });

const checkPositive = (name: string, value: number): void => {
  if (Number.isInteger(value) && value > 0) return;
  throw new ConfigurationError('CONFIGURATION_INVALID', `${name} must be a whole number above 0.`);
};

class JsonLinesSink implements UsageSink {
  readonly name: string;
  readonly position = 'sink';
  readonly #settings: Required<JsonLinesOptions>;
  readonly #lock: DirectoryLock;
  #file: CurrentFile | undefined;
  /** What was asked last: files are written one batch after the other, whoever asks. */
  #last: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(settings: Required<JsonLinesOptions>, lock: DirectoryLock) {
    this.name = settings.name;
    this.#settings = settings;
    this.#lock = lock;
  }

  cursor(source: string): Promise<number> {
    return this.#inTurn(async () => (await this.open()).cursors.get(source) ?? 0);
  }

  take(entry: UsageEntry): Promise<number> {
    return this.#inTurn(() => this.#append(entry));
  }

  /** Opened anew after a failure, since only the file itself knows what of it was written. */
  async open(): Promise<CurrentFile> {
    const { directory, sync } = this.#settings;
    this.#file ??= await openCurrent(directory, sync);
    return this.#file;
  }

  close(): Promise<void> {
    this.#closing ??= this.#inTurn(async () => {
      await this.#file?.handle.close();
      this.#file = undefined;
      this.#lock[Symbol.dispose]();
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #append({ records, source, to }: UsageEntry): Promise<number> {
    let file = await this.open();
    if (file.bytes >= this.#settings.rotateBytes) {
      // Where this fails, the files themselves say where to go on.
      file = this.#file = await rotate(this.#settings.directory, file, this.#settings);
    }
    const taken = file.cursors.get(source) ?? 0;
    const text = records.filter(({ index }) => index >= taken).map((record) => recordLine(source, record));
    if (text.length > 0) await this.#write(file, Buffer.from(text.join('')));
    file.cursors.set(source, Math.max(taken, to));
    return to;
  }

  async #write(file: CurrentFile, bytes: Buffer): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      written += (await file.handle.write(bytes, written)).bytesWritten;
    }
    if (this.#settings.sync) await file.handle.datasync();
    file.bytes += bytes.length;
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined) throw unavailable(new Error('The sink is closed.'));
    const turn = this.#last.then(work);
    // Whoever asked is told; whoever comes next only takes its turn.
    const over = (): undefined => undefined;
    this.#last = turn.then(over, over);
    try {
      return await turn;
    } catch (error) {
      await this.#leave();
      throw CharterbusError.isInstance(error) ? error : unavailable(error);
    }
  }

  /** After a failure nothing is known of the file. */
  async #leave(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    try {
      await file?.handle.close();
    } catch (error) {
      throw unavailable(error);
    }
  }
}

/**
 * Usage as lines of JSON: one record to a line, each exactly once, also where the process is killed at any moment. `usage.jsonl` is
 * written to; full files are `usage-00000001.jsonl` and so on. The first line of a file says how far its sources were before it.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID`; StoreError `STORE_LOCKED`, `STORE_CORRUPT`; OperationError `SINK_UNAVAILABLE`.
 */
export const openJsonLinesSink = async (options: JsonLinesOptions): Promise<UsageSink> => {
  const { directory, keptFiles = defaultKeptFiles, name = 'json-lines', rotateBytes = defaultRotateBytes } = options;
  checkPositive('keptFiles', keptFiles);
  checkPositive('rotateBytes', rotateBytes);
  const lock = lockDirectory(directory);
  const sink = new JsonLinesSink({ directory, keptFiles, name, rotateBytes, sync: options.sync ?? true }, lock);
  try {
    await sink.open();
    return sink;
  } catch (error) {
    lock[Symbol.dispose]();
    throw CharterbusError.isInstance(error) ? error : unavailable(error);
  }
};
