/** Calls back later; inject it together with the clock it agrees with. */
export interface Timers {
  /** Calls `callback` once after `delayMs` unless disposed of before. Never keeps the process alive. */
  after(delayMs: number, callback: () => void): Disposable;
}

/** The longest delay that `setTimeout` honours; a longer one fires at once. */
const longestDelay = 2 ** 31 - 1;

export const systemTimers: Timers = Object.freeze({
  after(delayMs: number, callback: () => void): Disposable {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestDelay)).unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
});
