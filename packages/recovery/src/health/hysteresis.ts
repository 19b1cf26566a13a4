import { type HealthStatus, severityOf } from './health-status.js';

export interface HysteresisOptions {
  /** So many samples in a row must be better before the status gets better. Default 3. */
  readonly betterAfter: number;
  /** So many in a row must be worse before it gets worse. Default 1: at once. */
  readonly worseAfter: number;
}

/** Keeps a status from flapping. What a run of samples leads to is the least change that all of them bear. */
export class Hysteresis {
  readonly #options: HysteresisOptions;
  #status: HealthStatus | undefined;
  #run: HealthStatus[] = [];

  constructor(options: HysteresisOptions) {
    this.#options = options;
  }

  /** The status after one more sample; the first one stands as it is. */
  next(sampled: HealthStatus): HealthStatus {
    this.#status ??= sampled;
    const direction = this.#direction(sampled);
    const [first] = this.#run;
    if (first !== undefined && this.#direction(first) !== direction) this.#run = [];
    if (direction === 0) return this.#status;
    this.#run.push(sampled);
    const { betterAfter, worseAfter } = this.#options;
    if (this.#run.length >= (direction < 0 ? betterAfter : worseAfter)) this.#take(direction);
    return this.#status;
  }

  /** Below 0 where a sample is better than the status. */
  #direction(sampled: HealthStatus): number {
    return Math.sign(severityOf(sampled) - severityOf(this.#status ?? sampled));
  }

  #take(direction: number): void {
    const nearest = this.#run.toSorted((a, b) => direction * (severityOf(a) - severityOf(b))).at(0);
    this.#status = nearest;
    this.#run = [];
  }
}
