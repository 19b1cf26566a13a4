import type { OpenRow } from '../suite.js';

/** Times in milliseconds. */
export interface WarmUp {
  readonly least: number;
  /** However much faster it still becomes. */
  readonly most: number;
}

/** A batch that takes at least this share of the least time says how fast the row is. */
const tellingShare = 4;

/** What is worth waiting for, and after how many batches without it a row is as fast as it will be. */
const faster = 1.05;
const patience = 3;

/**
 * Runs batches that grow, then goes on until they no longer become faster: the compiler takes seconds over a long way of
 * code, milliseconds over a short one. Says how many operations a second the last one made.
 */
export const warmUp = async ({ batch }: OpenRow, { least, most }: WarmUp): Promise<number> => {
  let operations = 1;
  let spent = 0;
  let best = 0;
  let slower = 0;
  for (;;) {
    const began = performance.now();
    await batch(operations);
    const took = performance.now() - began;
    spent += took;
    const rate = (operations / took) * 1000;
    if (took * tellingShare < least) operations *= 2;
    else if (rate > best * faster) [best, slower] = [rate, 0];
    else slower += 1;
    if (spent >= most || (spent >= least && slower >= patience)) return rate;
  }
};
