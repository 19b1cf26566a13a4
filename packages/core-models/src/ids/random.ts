import { randomFillSync } from 'node:crypto';

/** Fills with random bytes; inject it, so that a run can be repeated from its seed. */
export interface RandomSource {
  bytes(length: number): Uint8Array;
}

export const systemRandom: RandomSource = Object.freeze({
  bytes: (length: number) => randomFillSync(new Uint8Array(length)),
});

/**
 * Repeatable random bytes: the mulberry32 generator (T. Ettinger, public domain). Not for secrets.
 */
export const seededRandom = (seed: number): RandomSource => {
  let state = seed >>> 0;
  const nextByte = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) & 0xff;
  };
  return { bytes: (length) => Uint8Array.from({ length }, nextByte) };
};
