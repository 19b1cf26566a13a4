// Notes events without end, and says when there are some.
import { writeSync } from 'node:fs';
import { Recorder } from '../../../testing/history/recorder.ts';

const [directory = ''] = process.argv.slice(2);
const recorder = new Recorder(directory, 'child');
for (let count = 1; ; count++) {
  recorder.note({ kind: 'sending', send: String(count) });
  if (count === 100) writeSync(1, `${count}\n`);
}
