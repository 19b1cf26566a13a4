import type { DeliveryObligation, Effect, RandomSource, Verdict } from '@charterbus/core-models';
import { Reservoir } from './reservoir.js';

/** What a verdict came to, as far as two constitutions are compared by it. */
export interface Outcome {
  readonly effect: Effect;
  readonly policies: readonly string[];
  readonly reasons: readonly string[];
  /** What is changed of the message; absent where nothing is. */
  readonly obligations?: readonly DeliveryObligation[];
}

/** How often verdicts changed in the same way. */
export interface Difference {
  readonly before: Outcome;
  readonly after: Outcome;
  readonly count: number;
}

/** One message whose verdict changed, with what explains both. Facts are told or redacted as verdicts say. */
export interface DifferentCase<About> {
  readonly about: About;
  readonly before: Verdict;
  readonly after: Verdict;
}

/** Kinds of differences that are told apart; what comes beyond is counted together. */
const mostKinds = 500;
const mostSamples = 50;

export const outcomeOf = ({ effect, policies, reasons, obligations }: Outcome): Outcome => ({
  effect,
  policies,
  reasons,
  ...(obligations === undefined ? {} : { obligations }),
});

const sameTexts = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((text, at) => text === right[at]);

/** Verdicts have them in one order. */
const sameObligations = (before: Outcome, after: Outcome): boolean =>
  before.obligations === after.obligations || JSON.stringify(before.obligations) === JSON.stringify(after.obligations);

/**
 * Whether its sender would notice, or learn another reason, or its recipient would get something else. By which permits
 * something is allowed nobody notices.
 */
export const differs = (before: Outcome, after: Outcome): boolean =>
  before.effect !== after.effect ||
  (before.effect !== 'allow' && !sameTexts(before.reasons, after.reasons)) ||
  !sameObligations(before, after);

/** Whether something would pass that is denied now. */
export const isNewlyAllowed = ({ before, after }: Pick<Difference, 'before' | 'after'>): boolean =>
  before.effect === 'deny' && after.effect === 'allow';

/** Counts by kind, and keeps a sample. Bounded whatever is added. */
export class VerdictDifferences<About> {
  readonly #kinds = new Map<string, { readonly before: Outcome; readonly after: Outcome; count: number }>();
  readonly #samples: Reservoir<DifferentCase<About>>;
  #others = 0;

  constructor(random: RandomSource) {
    this.#samples = new Reservoir(mostSamples, random);
  }

  add(about: About, before: Verdict, after: Verdict): void {
    this.#samples.add({ about, before, after });
    const [was, is] = [outcomeOf(before), outcomeOf(after)];
    const key = JSON.stringify([was, is]);
    const kind = this.#kinds.get(key);
    if (kind !== undefined) kind.count += 1;
    else if (this.#kinds.size < mostKinds) this.#kinds.set(key, { before: was, after: is, count: 1 });
    else this.#others += 1;
  }

  /** What is most frequent comes first. */
  get kinds(): readonly Difference[] {
    return [...this.#kinds.values()].map((kind) => ({ ...kind })).toSorted((left, right) => right.count - left.count);
  }

  /** Differences of further kinds, counted together. */
  get others(): number {
    return this.#others;
  }

  get samples(): readonly DifferentCase<About>[] {
    return [...this.#samples.items];
  }
}
