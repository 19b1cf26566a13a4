// Loaded before everything else of a process: SIGUSR2 sets its wall clock by what the file says, in milliseconds.
import { readFileSync } from 'node:fs';

const file = process.env.CHARTERBUS_CLOCK_OFFSET ?? '';
const real = Date.now;
let offset = 0;
const read = () => {
  offset = Number(readFileSync(file, 'utf8'));
};
read();
process.on('SIGUSR2', read);
const RealDate = Date;
class JumpingDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(real() + offset);
    else super(...parts);
  }
  static now() {
    return real() + offset;
  }
}
globalThis.Date = JumpingDate;
