/** Reads time; inject it, so that tests and simulations own it. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. For stamps that people and other machines read. */
  now(): number;
  /** Milliseconds since some start; never goes back. For leases, deadlines and durations. */
  monotonic(): number;
}

export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
});
