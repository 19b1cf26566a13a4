import type { Digest, Message } from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';

/** What became of the messages that one variant judged. */
export interface VariantCount {
  /** Absent for the constitution's own policies. */
  readonly variant?: string;
  /** Messages that somebody was given, or is to be given. */
  readonly allowed: number;
  /** Messages that wait for a decision. */
  readonly held: number;
  readonly denied: number;
}

type Mutable = { -readonly [K in keyof VariantCount]: VariantCount[K] };

/** Counts messages by variant as they are admitted, since the constitution came into force in this process. */
export class VariantCounts {
  #hash: Digest | undefined;
  #counts = new Map<string | undefined, Mutable>();

  add(constitution: Constitution, message: Message, outcome: 'allowed' | 'held' | 'denied'): void {
    if (constitution.variants.length === 0) return;
    if (constitution.hash !== this.#hash) this.#begin(constitution.hash);
    const variant = constitution.variantOf(message);
    const count = this.#counts.get(variant) ?? { ...(variant === undefined ? {} : { variant }), ...nothing };
    count[outcome] += 1;
    this.#counts.set(variant, count);
  }

  /** The constitution's own policies first, then its variants by name. Empty where it has none. */
  of({ hash, variants }: Constitution): readonly VariantCount[] {
    if (variants.length === 0) return [];
    const counts = hash === this.#hash ? this.#counts : new Map<string | undefined, Mutable>();
    return [undefined, ...variants].map((variant) => ({
      ...(variant === undefined ? {} : { variant }),
      ...(counts.get(variant) ?? nothing),
    }));
  }

  #begin(hash: Digest): void {
    this.#hash = hash;
    this.#counts = new Map();
  }
}

const nothing = Object.freeze({ allowed: 0, held: 0, denied: 0 });
