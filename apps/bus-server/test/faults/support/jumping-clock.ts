// Loaded before everything else of a process: SIGUSR2 sets its wall clock by what the file says, in milliseconds, and a file
// beside it says when that has happened.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env['CHARTERBUS_CLOCK_OFFSET'] ?? '';
const RealDate = Date;
let offset = 0;
const read = (): void => {
  const text = readFileSync(file, 'utf8');
  offset = Number(text);
  writeFileSync(`${file}.seen`, text);
};
read();
process.on('SIGUSR2', read);

const now = (): number => RealDate.now() + offset;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, parts) => Reflect.construct(target, parts.length === 0 ? [now()] : parts) as Date,
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
});
