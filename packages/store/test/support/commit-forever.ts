// Commits units of two rows, sixteen at a time, and prints the number of each after its commit, until it is killed or,
// where an end is stated, has printed so many.
import { openSqliteStore } from '@charterbus/store';
import { otherNamespace, rowsNamespace } from '@charterbus/store/testing';

const [directory = '', start = '0', end] = process.argv.slice(2);
const store = await openSqliteStore({ directory, namespaces: [rowsNamespace, otherNamespace] });
let next = Number(start);
let printed = 0;

const committer = async (): Promise<never> => {
  for (;;) {
    const number = next++;
    await store.commit([
      { namespace: 'rows', statement: 'add', values: [`n${number}`] },
      { namespace: 'other', statement: 'note', values: [number, `n${number}`] },
    ]);
    process.stdout.write(`${number}\n`);
    // As abrupt as a kill: nothing is closed.
    if (end !== undefined && ++printed === Number(end)) process.exit();
  }
};
await Promise.all(Array.from({ length: 16 }, committer));
