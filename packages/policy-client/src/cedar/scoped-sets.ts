import { LRUCache } from 'lru-cache';
import { preparseAnswerSchema } from './cedar-answer.js';
import type { CedarInstance } from './instance.js';
import type { CedarPolicy } from './read-policies.js';
import type { Parties } from './scope-index.js';
import type { Slice } from './slices.js';
import { staticPolicies } from './static-policies.js';

export interface SlicingOptions {
  /** No smaller set of policies is cut by scope: what is to be won is lost in asking. */
  readonly leastPolicies: number;
  /** Sets that are ready at a time. An instance never gives a name's memory back, so names are used again. */
  readonly mostSets: number;
  /** To prepare a policy takes as long as to evaluate so many. Measured: 128 µs and 4.7 µs. */
  readonly preparationCost: number;
}

export const defaultSlicing: SlicingOptions = Object.freeze({
  leastPolicies: 32,
  mostSets: 128,
  preparationCost: 27,
});

/** More are not prepared while a message waits: some 60 ms. */
const mostPolicies = 500;
/** Policies of all sets that are ready, at 1.6 KB each. */
const mostReady = 10_000;

/** A class of parties, and what it would have saved so far to have a set of its own. */
interface Candidate {
  readonly policies: readonly CedarPolicy[];
  saved: number;
}

/**
 * Policy sets of one instance for those to whom only few of an action's policies can apply. A set is prepared when to have
 * had it would have saved as much as it costs, so that preparing never takes longer than evaluating has, whoever asks
 * for whatever.
 */
export class ScopedSets {
  readonly #instance: CedarInstance;
  readonly #options: SlicingOptions;
  readonly #free: string[];
  readonly #ready: LRUCache<string, string>;
  readonly #candidates: LRUCache<string, Candidate>;

  constructor(instance: CedarInstance, options: SlicingOptions) {
    this.#instance = instance;
    this.#options = options;
    this.#free = Array.from({ length: options.mostSets }, (_, index) => `scope-${index}`);
    this.#candidates = new LRUCache({ max: 8 * options.mostSets });
    this.#ready = new LRUCache({
      max: options.mostSets,
      maxSize: mostReady,
      dispose: (name) => void this.#free.push(name),
    });
  }

  /** The name of a set that decides the same as all of the action's policies. */
  nameFor({ set, scopes, policies }: Slice, parties: Parties): string {
    if (scopes === undefined || policies.length < this.#options.leastPolicies) return set;
    const key = `${set} ${scopes.classOf(parties)}`;
    const ready = this.#ready.get(key);
    if (ready !== undefined) return ready;
    const candidate = this.#candidates.get(key) ?? { policies: scopes.applicable(parties), saved: 0 };
    this.#candidates.set(key, candidate);
    const { length } = candidate.policies;
    candidate.saved += policies.length - length;
    if (length > mostPolicies || candidate.saved < length * this.#options.preparationCost) return set;
    return this.#prepare(key, candidate.policies) ?? set;
  }

  #prepare(key: string, policies: readonly CedarPolicy[]): string | undefined {
    this.#candidates.delete(key);
    // Makes room first, so that the name that becomes free is the one to be used again.
    if (this.#free.length === 0) this.#ready.pop();
    const name = this.#free.pop();
    if (name === undefined) return undefined;
    const answer = preparseAnswerSchema.parse(this.#instance.preparsePolicySet(name, staticPolicies(policies)));
    if (answer.type === 'success') {
      this.#ready.set(key, name, { size: Math.max(policies.length, 1) });
      return name;
    }
    this.#free.push(name);
    return undefined;
  }
}
