import type { ManualClock } from '@charterbus/core-models';
import type { Sender } from './sender.js';

/** One test on counters of its own. */
export type CountersSuite = (name: string, body: (sender: Sender, clock: ManualClock) => Promise<void>) => void;

export const hour = 3_600_000;
export const day = 24 * hour;
