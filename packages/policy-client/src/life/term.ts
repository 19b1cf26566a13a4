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

  constructor(loaded: LoadedConstitution, activation: Activation, before: Activation | undefined) {
    this.loaded = loaded;
    this.activation = activation;
    this.grace =
      before === undefined || before.shortHash === activation.shortHash
        ? undefined
        : { shortHash: before.shortHash, until: graceEnd(loaded.constitution, activation) };
  }
}

const graceEnd = ({ manifest }: Constitution, { at }: Activation): number =>
  Date.parse(at) + manifest.activation.graceSeconds * 1000;
