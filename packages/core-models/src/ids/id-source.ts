import type { Clock } from '../time/clock.js';
import type { RandomSource } from './random.js';

/** Makes ids that sort by time. */
export interface IdSource {
  next(): string;
}

/** The largest value of the 32-bit counter that `uuid` places behind the milliseconds. */
const counterEnd = 2 ** 32;
/** Random bytes are drawn in blocks: a call into the generator for each id costs more than the id. */
const idsPerBlock = 64;

/** Where a source stands: the last pair that an id was made of. */
export interface Tick {
  milliseconds: number;
  counter: number;
}

/** Moves to the next pair, greater than the one before whatever the clock says. From `offset` on there are three random bytes. */
export const advanceTick = (tick: Tick, now: number, entropy: Uint8Array, offset = 0): void => {
  // Whole milliseconds are what the id holds: two readings inside one must count, not start anew.
  const milliseconds = Math.floor(now);
  if (milliseconds > tick.milliseconds) {
    tick.milliseconds = milliseconds;
    // Starts in the lower half, as RFC 9562 section 6.2 advises, so that there is room to count.
    const high = (entropy[offset] ?? 0) << 16;
    tick.counter = (high | ((entropy[offset + 1] ?? 0) << 8) | (entropy[offset + 2] ?? 0)) & 0x7fffff;
  } else if (++tick.counter >= counterEnd) {
    tick.milliseconds += 1;
    tick.counter = 0;
  }
};

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const digitsOf = (byte: number): string => hex[byte & 0xff] ?? '';

/** Two bytes as four digits. */
const wordOf = (word: number): string => digitsOf(word >>> 8) + digitsOf(word);

/** Digits of what is random at the end of an id. */
const randomDigits = 10;

/** The counter, most significant bits first, around the variant; `last` has two bits that are random, `random` the rest. */
const restOf = (counter: number, last: number, random: string): string => {
  const high = wordOf(0x7000 | (counter >>> 20));
  const middle = wordOf(0x8000 | (((counter >>> 14) & 0x3f) << 8) | ((counter >>> 6) & 0xff));
  return `${high}-${middle}-${digitsOf(((counter << 2) & 0xfc) | (last & 0x03))}${random}`;
};

const headOf = (milliseconds: number): string => {
  const digits = milliseconds.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-`;
};

/**
 * UUID version 7 (RFC 9562, section 5.7): milliseconds, a 32-bit counter, random bits. Ids of one source are strictly
 * increasing, also when the clock stands still or goes back.
 */
export const uuidV7Source = (clock: Pick<Clock, 'now'>, random: RandomSource): IdSource => {
  const tick: Tick = { milliseconds: 0, counter: 0 };
  let block: Uint8Array = new Uint8Array(0);
  let digits = '';
  let offset = 0;
  // Most ids share their millisecond with the one before.
  let headMilliseconds = Number.NaN;
  let head = '';
  /** The place in the block of the random bytes of one id. */
  const draw = (): number => {
    if (offset >= block.length) {
      block = random.bytes(16 * idsPerBlock);
      digits = Buffer.from(block).toString('hex');
      offset = 0;
    }
    offset += 16;
    return offset - 16;
  };
  return {
    next() {
      const place = draw();
      // Bytes 6 to 8 of a version 7 id are the counter's own: what is drawn for them serves as its start.
      advanceTick(tick, clock.now(), block, place + 6);
      if (tick.milliseconds !== headMilliseconds) {
        headMilliseconds = tick.milliseconds;
        head = headOf(headMilliseconds);
      }
      const first = 2 * (place + 11);
      return head + restOf(tick.counter, block[place + 10] ?? 0, digits.slice(first, first + randomDigits));
    },
  };
};
