import { SingleBar } from 'cli-progress';

/** Shows that a run is alive. */
export interface Progress {
  /** A suite of so many steps begins; disposing ends it. */
  begin(suite: string, steps: number): Disposable;
  step(what: string): void;
}

type Screen = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Where nobody sees a bar move: a line for each tenth of the way. */
const lines = (stream: Screen): Progress => {
  let suite = '';
  let total = 1;
  let done = 0;
  return {
    begin: (name, steps) => {
      [suite, total, done] = [name, steps, 0];
      stream.write(`${suite} …\n`);
      return { [Symbol.dispose]: () => stream.write(`${suite}: ended after ${done} of ${total} steps\n`) };
    },
    step: (what) => {
      done += 1;
      const tenth = Math.floor((done * 10) / total);
      if (tenth > Math.floor(((done - 1) * 10) / total)) stream.write(`  ${tenth * 10} %  ${what}\n`);
    },
  };
};

const bar = (stream: Screen): Progress => {
  const format = '{suite} {bar} {percentage} % | {duration_formatted} | {what}';
  const shown = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: true, gracefulExit: false });
  return {
    begin: (suite, steps) => {
      shown.start(steps, 0, { suite, what: '' });
      return { [Symbol.dispose]: () => shown.stop() };
    },
    step: (what) => shown.increment(1, { what }),
  };
};

export const showProgress = (stream: Screen): Progress => (stream.isTTY === true ? bar(stream) : lines(stream));
