import { parentPort, workerData } from 'node:worker_threads';
import type { Namespace } from '../namespace.js';
import type { Batch } from '../writer/batch.js';
import { BatchRunner } from '../writer/batch-runner.js';
import { writerSource } from './database-file.js';

/** What the thread is started with. */
export interface WriterThreadData {
  readonly file: string;
  readonly namespaces: readonly Namespace[];
}

const { file, namespaces } = workerData as WriterThreadData;
const runner = new BatchRunner(writerSource(file), namespaces);

/** A batch is answered with its outcome; `null` closes the handle, and with it the thread. */
parentPort?.on('message', (batch: Batch | null) => {
  if (batch === null) {
    runner.close();
    parentPort?.close();
    return;
  }
  const outcome = runner.run(batch);
  parentPort?.postMessage(outcome, [outcome.results.buffer as ArrayBuffer]);
});
