import type { Batch, BatchExecutor, BatchOutcome } from './batch.js';
import type { BatchRunner } from './batch-runner.js';

/** Runs batches in place. Only for stores that never wait for a disk: an fsync would stop the event loop. */
export class InlineExecutor implements BatchExecutor {
  readonly #runner: BatchRunner;

  constructor(runner: BatchRunner) {
    this.#runner = runner;
  }

  run(batch: Batch): Promise<BatchOutcome> {
    return Promise.resolve(this.#runner.run(batch));
  }

  close(): Promise<void> {
    this.#runner.close();
    return Promise.resolve();
  }
}
