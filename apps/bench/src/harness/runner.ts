import { type Sample, takeSample } from '../measure/sample.js';
import { type WarmUp, warmUp } from '../measure/warm-up.js';
import type { Row } from '../suite.js';

/** A row that runs somewhere: here or in a process of its own. */
export interface Runner extends AsyncDisposable {
  /** Resolves with the operations a second that it comes to. */
  warmUp(times: WarmUp): Promise<number>;
  sample(operations: number): Promise<Sample>;
}

export type StartRunner = (suite: string, row: Row) => Promise<Runner>;

/** In this process: for tests, and inside the process that a row has of its own. */
export const startHere: StartRunner = async (_suite, row) => {
  const open = await row.open();
  let closed: Promise<void> | undefined;
  return {
    warmUp: (times) => warmUp(open, times),
    sample: (operations) => takeSample(open, operations),
    [Symbol.asyncDispose]: () => {
      closed ??= open.close();
      return closed;
    },
  };
};
