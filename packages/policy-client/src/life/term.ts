import type { Constitution } from '../constitution.js';
import type { Activation } from './activation.js';
import type { LoadedConstitution } from './loaded-constitution.js';
import type { Candidate } from './staged-constitutions.js';

/** The short hash of the constitution before, which agents may state for a while yet. */
export interface Grace {
  readonly shortHash: string;
  /** Wall-clock milliseconds. */
  readonly until: number;
}

/** One stay of one constitution in force. What is swapped is the whole of it: engine, facts and cache go together. */
export class Term {
  readonly loaded: LoadedConstitution;
  readonly activation: Activation;
  readonly grace: Grace | undefined;
  /** As what it was staged, where that is how it came into force. */
  candidate: Candidate | undefined;

  /** @param history oldest first, up to the activation; without, nobody has a grace. */
  constructor(loaded: LoadedConstitution, activation: Activation, history: readonly Activation[]) {
    this.loaded = loaded;
    this.activation = activation;
    this.grace = graceOf(loaded.constitution, activation, history);
  }
}

/** Counted from when the hash changed: newer data under the same hash end nobody's grace, and begin none. */
const graceOf = (
  { manifest }: Constitution,
  { shortHash }: Activation,
  history: readonly Activation[],
): Grace | undefined => {
  const last = history.findLastIndex((earlier) => earlier.shortHash !== shortHash);
  const [before, since] = [history[last], history[last + 1]];
  if (before === undefined || since === undefined) return undefined;
  return { shortHash: before.shortHash, until: Date.parse(since.at) + manifest.activation.graceSeconds * 1000 };
};
