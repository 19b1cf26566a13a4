import { type AgentReference, agentKey, type Clock, type Digest } from '@charterbus/core-models';
import { mostProofs } from './limits.js';

/** What became of a claim: nobody had it before, somebody had, or the agent has had too many of late. */
export type Claim = 'first' | 'used' | 'full';

/**
 * Which challenges were answered, so that none is good twice. What is kept was proven by a key: an agent cannot use up what
 * is another's, and of each there are no more than 64 at a time.
 */
export class UsedChallenges {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** All are remembered for as long: the first to be forgotten are the first in the map. */
  readonly #used = new Map<Digest, { readonly key: string; readonly until: number }>();
  readonly #counts = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  claim(reference: AgentReference, digest: Digest, rememberedMs: number): Claim {
    const now = this.#clock.monotonic();
    this.#forget(now);
    if (this.#used.has(digest)) return 'used';
    const key = agentKey(reference);
    const count = this.#counts.get(key) ?? 0;
    if (count >= mostProofs) return 'full';
    this.#used.set(digest, { key, until: now + rememberedMs });
    this.#counts.set(key, count + 1);
    return 'first';
  }

  #forget(now: number): void {
    for (const [digest, { key, until }] of this.#used) {
      if (until > now) return;
      this.#used.delete(digest);
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left === 0) this.#counts.delete(key);
      else this.#counts.set(key, left);
    }
  }
}
