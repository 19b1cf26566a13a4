import { type Clock, ConstitutionalError, type Digest, type RandomSource } from '@charterbus/core-models';
import type { Constitution } from '../constitution.js';
import type { Version } from './activation.js';
import { LoadedConstitution } from './loaded-constitution.js';
import { Shadow } from './shadow.js';

/** A constitution that may be activated. */
export interface StagedConstitution {
  readonly name: string;
  readonly revision: number;
  readonly hash: Digest;
  readonly shortHash: string;
  readonly dataVersion: Digest;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  /** Whether messages are judged under it besides. */
  readonly shadow: boolean;
  /** Whether it is staged again when another one comes into force after it. */
  readonly keep: boolean;
}

export interface StageRequest {
  readonly by: string;
  /** Judge every message under it besides, for comparison only. Default false. */
  readonly shadow?: boolean;
  /**
   * Stage it again when another one is activated after it, ready to be put in force at once: for switching to and fro.
   * Default false.
   */
  readonly keep?: boolean;
}

/** At a time, each with its engine and its caches. */
const mostStaged = 8;

/** A staged constitution with what it consists of. */
export interface Candidate {
  readonly loaded: LoadedConstitution;
  readonly staged: StagedConstitution;
  shadow: Shadow | undefined;
}

export interface StagedOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: RandomSource;
  readonly onClosed: (closing: Promise<void>) => void;
}

const closeCandidate = ({ loaded, shadow }: Candidate): void => {
  shadow?.close();
  loaded.letGo();
};

/** That there is nothing to activate, or to look at. */
export const notStaged = (hash: string): ConstitutionalError =>
  new ConstitutionalError('CONSTITUTION_NOT_STAGED', 'No constitution of this hash is staged.', { details: { hash } });

/** What waits to be activated, by its full hash: of one hash the newest, with the data that it came with. */
export class StagedConstitutions {
  readonly #options: StagedOptions;
  readonly #candidates = new Map<Digest, Candidate>();
  /** Replaced as a whole, so that messages without a shadow pay for one look. */
  #shadows: readonly Shadow[] = [];

  constructor(options: StagedOptions) {
    this.#options = options;
  }

  get list(): readonly StagedConstitution[] {
    return [...this.#candidates.values()].map(({ staged }) => staged);
  }

  get shadows(): readonly Shadow[] {
    return this.#shadows;
  }

  /** @throws ConstitutionalError `CONSTITUTION_LIMIT_REACHED`; the constitution is then closed. */
  add(
    constitution: Constitution,
    { by, shadow = false, keep = false }: StageRequest,
    against: Digest,
  ): StagedConstitution {
    const { name, revision, hash, shortHash, dataVersion } = constitution;
    const loaded = new LoadedConstitution(constitution, this.#options.onClosed);
    if (!this.#candidates.has(hash) && this.#candidates.size >= mostStaged) {
      loaded.letGo();
      throw new ConstitutionalError('CONSTITUTION_LIMIT_REACHED', `At most ${mostStaged} constitutions are staged.`, {
        details: { limit: mostStaged },
      });
    }
    this.remove(hash);
    const at = new Date(this.#options.clock.now()).toISOString();
    const staged = Object.freeze({ name, revision, hash, shortHash, dataVersion, by, at, shadow, keep });
    this.#candidates.set(hash, { loaded, staged, shadow: shadow ? this.#shadowOf(loaded, against) : undefined });
    this.#changed();
    return staged;
  }

  /** @throws ConstitutionalError `CONSTITUTION_NOT_STAGED`, also where it is not in shadow. */
  shadowOf(hash: Digest): Shadow {
    const { shadow } = this.#candidate(hash);
    if (shadow === undefined) throw notStaged(hash);
    return shadow;
  }

  /**
   * Takes it out, still open: it is about to come into force, and nobody who stages the same again may close it.
   *
   * @throws ConstitutionalError `CONSTITUTION_NOT_STAGED`.
   */
  withdraw(hash: Digest): Candidate {
    const candidate = this.#candidate(hash);
    this.#candidates.delete(hash);
    this.#changed();
    return candidate;
  }

  /** It did not come into force after all; where the same was staged meanwhile, that one stays. */
  putBack(candidate: Candidate): void {
    const { hash } = candidate.staged;
    if (this.#candidates.has(hash)) closeCandidate(candidate);
    else this.#candidates.set(hash, candidate);
    this.#changed();
  }

  /** It was in force and is not any more; where the same was staged meanwhile, or there is no room, it is let go. */
  stageAgain({ loaded, staged }: Candidate, against: Digest): void {
    if (this.#candidates.has(staged.hash) || this.#candidates.size >= mostStaged) {
      loaded.letGo();
      return;
    }
    const shadow = staged.shadow ? this.#shadowOf(loaded, against) : undefined;
    this.#candidates.set(staged.hash, { loaded, staged, shadow });
    this.#changed();
  }

  /** Whether there was one. It is closed. */
  remove(hash: Digest): boolean {
    const candidate = this.#candidates.get(hash);
    if (candidate === undefined) return false;
    this.#candidates.delete(hash);
    this.#changed();
    closeCandidate(candidate);
    return true;
  }

  /**
   * Another constitution is in force: what is in shadow is compared with that one, from here on, and what is that one
   * need not wait any longer.
   */
  follow({ hash: against, dataVersion }: Version): void {
    const same = this.#candidates.get(against);
    if (same?.staged.dataVersion === dataVersion) this.remove(against);
    for (const candidate of this.#candidates.values()) {
      if (candidate.shadow === undefined) continue;
      candidate.shadow.close();
      candidate.shadow = this.#shadowOf(candidate.loaded, against);
    }
    this.#changed();
  }

  #candidate(hash: Digest): Candidate {
    const candidate = this.#candidates.get(hash);
    if (candidate === undefined) throw notStaged(hash);
    return candidate;
  }

  #shadowOf(loaded: LoadedConstitution, against: Digest): Shadow {
    const { clock, random } = this.#options;
    return new Shadow(loaded, { random, against, since: new Date(clock.now()).toISOString() });
  }

  #changed(): void {
    this.#shadows = [...this.#candidates.values()].flatMap(({ shadow }) => shadow ?? []);
  }
}
