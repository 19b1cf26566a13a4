/** Calls back later; inject it together with the clock it agrees with. */
export interface Timers {
  /** Calls `callback` once, never before `delayMs` have passed, unless disposed of first. A delay of 0 or less means as
   * soon as possible, `Infinity` never. Never keeps the process alive.
   *
   * @throws RangeError for NaN. */
  after(delayMs: number, callback: () => void): Disposable;
}

/** The longest delay that `setTimeout` honours; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

export const systemTimers: Timers = Object.freeze({
  after(delayMs: number, callback: () => void): Disposable {
    if (Number.isNaN(delayMs)) throw new RangeError('A delay must be a number of milliseconds.');
    const dueAt = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (remaining: number): void => {
      timer = setTimeout(fire, Math.min(Math.max(Math.ceil(remaining), 0), longestDelay)).unref();
    };
    const fire = (): void => {
      // Too early at the end of each longest delay, and by less than a millisecond where Node rounds.
      const remaining = dueAt - performance.now();
      if (remaining > 0) arm(remaining);
      else callback();
    };
    arm(delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
});
