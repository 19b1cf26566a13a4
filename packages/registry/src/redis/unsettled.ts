import { StoreError } from '@charterbus/core-models';
import type { Plan } from '../plans/plan.js';
import type { Attempt } from './changes.js';

/** Changes of unknown outcome that are remembered, so that asking again gets what came of them. */
const mostUnsettled = 1000;

/** A change whose caller was told that nobody knows what became of it. */
export interface Unsettled {
  readonly attempt: Attempt;
  readonly sameAs: string;
  /** Of the plan's type; only who plans the same gets it. */
  readonly result: (agent: NonNullable<Attempt['record']>['agent']) => unknown;
}

/** What was made where the answer was lost, for whoever asks for the same again. */
export class UnsettledChanges {
  readonly #changes = new Map<string, Unsettled>();

  /** The one of the key, which is not remembered any longer unless it stays unknown. */
  take(key: string): Unsettled | undefined {
    const found = this.#changes.get(key);
    this.#changes.delete(key);
    return found;
  }

  /** Remembers the change where it fails with an unknown outcome, and the plan can be made the same again. */
  async remembering<Result>(
    { attempt, result }: Pick<Unsettled, 'attempt' | 'result'>,
    { sameAs }: Pick<Plan<unknown>, 'sameAs'>,
    change: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await change();
    } catch (error) {
      if (sameAs !== undefined && StoreError.isInstance(error) && error.code === 'STORE_OUTCOME_UNKNOWN') {
        const [oldest] = this.#changes.keys();
        if (this.#changes.size >= mostUnsettled && oldest !== undefined) this.#changes.delete(oldest);
        this.#changes.set(attempt.key, { attempt, result, sameAs });
      }
      throw error;
    }
  }
}
