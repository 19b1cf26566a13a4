import type { WarmUp } from '../measure/warm-up.js';

/** How long to measure. Times in milliseconds. */
export interface Plan {
  readonly rounds: number;
  readonly warmUp: WarmUp;
  /** How long a batch takes, as far as the warm-up can tell. */
  readonly batchMs: number;
}

export const fullPlan: Plan = { rounds: 15, warmUp: { least: 1500, most: 8000 }, batchMs: 600 };

/** Five rounds are the fewest that an interval of 90 % can be told from. */
export const quickPlan: Plan = { rounds: 5, warmUp: { least: 200, most: 1500 }, batchMs: 120 };
