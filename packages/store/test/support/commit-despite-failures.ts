// Commits units of two rows, four at a time, and prints the number of each after its commit, or with the code of its
// error, until so many are kept.
import { writeSync } from 'node:fs';
import { CharterbusError } from '@charterbus/core-models';
import { openSqliteStore } from '@charterbus/store';
import { otherNamespace, rowsNamespace } from '@charterbus/store/testing';

const [directory = '', end] = process.argv.slice(2);
const store = await openSqliteStore({ directory, namespaces: [rowsNamespace, otherNamespace] });
let next = 0;
let kept = 0;

/** At once and whole: what a stream holds back would be lost with the process. */
const say = (line: string): void => void writeSync(1, `${line}\n`);

const committer = async (): Promise<never> => {
  for (;;) {
    const number = next++;
    try {
      await store.commit([
        { namespace: 'rows', statement: 'add', values: [`n${number}`] },
        { namespace: 'other', statement: 'note', values: [number, `n${number}`] },
      ]);
      say(String(number));
      // As abrupt as a kill: nothing is closed.
      if (++kept === Number(end)) process.exit();
    } catch (error) {
      say(`${number} ${CharterbusError.isInstance(error) ? error.code : String(error)}`);
    }
  }
};
await Promise.all(Array.from({ length: 4 }, committer));
