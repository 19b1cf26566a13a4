import type { ConstitutionManifest } from '@charterbus/core-models';

/** The moment that policies see as now, whatever the clock says; in milliseconds since the epoch. */
export const pinnedMoment = ({ clock }: Pick<ConstitutionManifest, 'clock'>): number | undefined =>
  clock === 'bus' ? undefined : Date.parse(clock.pinned);

/** What policies see of the time: every millisecond, or whole buckets of it, counted from the epoch. */
export class TimeBuckets {
  /** Whether an answer that may depend on the time can be kept at all: every millisecond is another question. */
  readonly repeat: boolean;
  readonly #milliseconds: number;
  readonly #pinned: boolean;

  constructor({ cache, clock }: Pick<ConstitutionManifest, 'cache' | 'clock'>) {
    this.#milliseconds = (cache.timeBucketSeconds ?? 0) * 1000;
    this.#pinned = clock !== 'bus';
    this.repeat = this.#pinned || this.#milliseconds > 0;
  }

  /** The beginning of a moment's bucket, in milliseconds since the epoch. */
  begin(moment: number): number {
    return this.#milliseconds > 0 ? Math.floor(moment / this.#milliseconds) * this.#milliseconds : moment;
  }

  /** How long until a moment's bucket ends, in milliseconds; what is pinned never ends. */
  left(moment: number, wall: number): number {
    return this.#pinned ? Number.POSITIVE_INFINITY : this.begin(moment) + this.#milliseconds - wall;
  }
}
