import { CharterbusError, type RandomSource } from '@charterbus/core-models';

/** How long to wait after failures in a row: twice as long each time, half of it by chance. */
export interface Backoff {
  /** After the first failure, in milliseconds. Default 100. */
  readonly initialMs: number;
  /** At most. Default 30,000. */
  readonly maxMs: number;
}

export const defaultBackoff: Backoff = Object.freeze({ initialMs: 100, maxMs: 30_000 });

/** From then on doubling changes nothing. */
const mostDoublings = 32;

const share = (random: RandomSource): number => {
  const [high = 0, low = 0] = random.bytes(2);
  return (high * 256 + low) / 65_536;
};

/** @param failures in a row, from 1. What the error itself asks for is kept to, and not shortened. */
export const waitAfter = (
  failures: number,
  error: unknown,
  { initialMs, maxMs }: Backoff,
  random: RandomSource,
): number => {
  const longest = Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, mostDoublings));
  const wait = longest / 2 + (longest / 2) * share(random);
  const asked = CharterbusError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(wait, asked);
};
