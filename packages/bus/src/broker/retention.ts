import type { Clock } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { DeliveryOptions } from './delivery-options.js';
import type { Journal } from './journal.js';

/** How many finished messages one step of a sweep drops before it lets others write. */
const pruneBatch = 1000;
/** Bytes over the bound, as a factor, at which a sweep does not wait for its time. */
const sweepAhead = 1.1;

export interface RetentionOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly background: Background;
  readonly retention: DeliveryOptions['retention'];
}

/** Drops finished messages by age and by bytes: now and then, and at once when there are too many. */
export class Retention implements Disposable {
  readonly #options: RetentionOptions;
  #timer: Disposable | undefined;
  #pruning: Promise<void> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    const { background, retention } = this.#options;
    this.#timer = background.repeat('retention', retention.everyMs, () => this.#sweep());
  }

  /** The sweep that is under way; never rejects. */
  get pruning(): Promise<void> | undefined {
    return this.#pruning;
  }

  /** Called after each commit. */
  check(): void {
    const { journal, retention } = this.#options;
    if (journal.finishedBytes > retention.finishedBytes * sweepAhead) this.#sweep();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #sweep(): void {
    if (this.#pruning !== undefined) return;
    const ended = (): void => {
      this.#pruning = undefined;
    };
    const sweep = this.#prune();
    this.#pruning = sweep.then(ended, ended);
    this.#options.background.track('retention', sweep);
  }

  async #prune(): Promise<void> {
    const { journal, clock, retention } = this.#options;
    const now = clock.now();
    const pruning = {
      finishedBefore: now - retention.finishedMs,
      deadBefore: now - retention.deadLetterMs,
      finishedBytes: retention.finishedBytes,
      limit: pruneBatch,
    };
    let dropped = pruneBatch;
    while (dropped >= pruneBatch) dropped = await journal.prune(pruning, now);
  }
}
