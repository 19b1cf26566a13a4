import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { type Batch, type BatchExecutor, type BatchOutcome, failedOutcome } from '../writer/batch.js';
import type { WriterThreadData } from './writer-thread.js';

/** The built entry of the thread, by the package's own `imports`: the same wherever this module was bundled to. */
const entry = (): string => createRequire(import.meta.url).resolve('#writer-thread');

interface Running {
  readonly batch: Batch;
  readonly resolve: (outcome: BatchOutcome) => void;
}

/**
 * Runs batches in a thread that owns the writing handle, so that no fsync stops the event loop.
 *
 * A thread that dies (out of memory) fails its batch, and the next batch starts another. The thread keeps the process
 * alive only while a batch runs.
 */
export class ThreadExecutor implements BatchExecutor {
  readonly #data: WriterThreadData;
  #worker: Worker | undefined;
  #running: Running | undefined;

  constructor(data: WriterThreadData) {
    this.#data = data;
  }

  run(batch: Batch): Promise<BatchOutcome> {
    return new Promise((resolve) => {
      const worker = (this.#worker ??= this.#start());
      this.#running = { batch, resolve };
      worker.ref();
      worker.postMessage(batch);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = Promise.withResolvers<void>();
    worker.once('exit', () => ended.resolve());
    worker.ref();
    worker.postMessage(null);
    await ended.promise;
  }

  #start(): Worker {
    const worker = new Worker(entry(), { workerData: this.#data, name: 'charterbus-store', execArgv: [] });
    worker.on('message', (outcome: BatchOutcome) => {
      worker.unref();
      this.#settle((running) => running.resolve(outcome));
    });
    worker.on('error', (error) => this.#lost(`the writer's thread failed (${error.message})`));
    worker.on('exit', () => this.#lost("the writer's thread ended"));
    return worker;
  }

  #lost(message: string): void {
    this.#worker = undefined;
    this.#settle(({ batch, resolve }) => resolve(failedOutcome(batch, { kind: 'unavailable', message })));
  }

  #settle(settle: (running: Running) => void): void {
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) settle(running);
  }
}
