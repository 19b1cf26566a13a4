import { SingleBar } from 'cli-progress';
import type { Progress } from './run/replay-run.js';

/** Shows how much of a trace is done with. */
export interface ProgressBar extends Progress, Disposable {}

const hidden: ProgressBar = { line: () => {}, message: () => {}, [Symbol.dispose]: () => {} };

interface Screen {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly quiet: boolean;
  /** Bytes of the trace, where they are known. */
  readonly size: number | undefined;
}

/** A bar over the bytes of the trace; nothing where nobody looks or the end is not known. */
export const progressBar = ({ stream, quiet, size }: Screen): ProgressBar => {
  if (quiet || stream.isTTY !== true || size === undefined) return hidden;
  const format = '{bar} {percentage} % | {conversations} conversations | {messages} messages | {duration_formatted}';
  const bar = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: true, gracefulExit: false });
  let conversations = 0;
  let messages = 0;
  bar.start(size, 0, { conversations, messages });
  return {
    line: (bytes) => {
      conversations += 1;
      bar.increment(bytes, { conversations, messages });
    },
    message: () => {
      messages += 1;
    },
    [Symbol.dispose]: () => bar.stop(),
  };
};
