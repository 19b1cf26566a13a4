// Takes the lock of the directory, says so, and holds it until its input ends.
import { lockDirectory } from '@charterbus/store';

const [directory = ''] = process.argv.slice(2);
try {
  const lock = lockDirectory(directory);
  process.stdout.write('held\n');
  process.stdin.resume().once('end', () => lock[Symbol.dispose]());
} catch (error) {
  process.stdout.write(`${JSON.stringify(error)}\n`);
}
