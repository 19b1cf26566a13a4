// Commits units of two rows, four at a time, and prints the number of each after its commit, or with the code of its
// error, until so many are kept.
import { CharterbusError } from '@charterbus/core-models';
import { openSqliteStore } from '@charterbus/store';
import { otherNamespace, rowsNamespace } from '@charterbus/store/testing';

const [directory = '', end] = process.argv.slice(2);
const store = await openSqliteStore({ directory, namespaces: [rowsNamespace, otherNamespace] });
let next = 0;
let kept = 0;

const committer = async (): Promise<never> => {
  for (;;) {
    const number = next++;
    try {
      await store.commit([
        { namespace: 'rows', statement: 'add', values: [`n${number}`] },
        { namespace: 'other', statement: 'note', values: [number, `n${number}`] },
      ]);
      process.stdout.write(`${number}\n`);
      // As abrupt as a kill: nothing is closed.
      if (++kept === Number(end)) process.exit();
    } catch (error) {
      process.stdout.write(`${number} ${CharterbusError.isInstance(error) ? error.code : String(error)}\n`);
    }
  }
};
await Promise.all(Array.from({ length: 4 }, committer));
