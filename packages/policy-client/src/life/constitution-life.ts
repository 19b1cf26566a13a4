import { type Clock, ConstitutionalError, type Digest, type RandomSource } from '@charterbus/core-models';
import { Background } from '@charterbus/recovery';
import type { Constitution } from '../constitution.js';
import { type Activation, type Decided, rollbackTarget, sameVersion } from './activation.js';
import { ConstitutionLease, type LeaseSource } from './constitution-lease.js';
import { LoadedConstitution } from './loaded-constitution.js';
import { noPrevious, revokedError } from './refusals.js';
import type { Shadow, ShadowReport } from './shadow.js';
import { notStaged, type StagedConstitution, StagedConstitutions, type StageRequest } from './staged-constitutions.js';
import { SwapGate } from './swap-gate.js';
import { Term } from './term.js';

export interface LifeOptions {
  /** In force from the beginning; from now on closed by the life. */
  readonly constitution: Constitution;
  /** Earlier activations, oldest first; the last is that of the constitution. */
  readonly history: readonly [Activation, ...Activation[]];
  readonly clock: Pick<Clock, 'now'>;
  /** Chooses which differences are kept as samples. */
  readonly random: RandomSource;
  /** Makes an activation durable. Where it rejects, nothing is swapped. */
  readonly record: (activation: Activation) => Promise<unknown>;
  /** Loads again what was in force once. Rejects where it cannot be. */
  readonly reload: (activation: Activation) => Promise<Constitution>;
  /** The highest revision of a name that was ever in force. */
  readonly highestRevision: (name: string) => number | undefined;
  /** Whether a constitution of this hash may never be in force again. */
  readonly isRevoked: (hash: Digest) => boolean;
  /** Makes a revocation durable, before anything follows from it. */
  readonly recordRevoked: (hash: Digest) => Promise<unknown>;
  /** Told of what failed where nobody waits. */
  readonly onBackgroundError: (task: string, error: unknown) => void;
}

/** Activations that are remembered here; whoever records them may keep more. */
const mostRemembered = 100;

/**
 * The constitution in force, and those that may come after it: check → test → stage → shadow → activate → roll back.
 *
 * What is in force is one whole object, and a swap is one assignment. Whoever judges takes a lease, and commits through
 * it: a verdict under a constitution that was superseded is never committed after the activation was acknowledged.
 */
export class ConstitutionLife implements AsyncDisposable {
  readonly #options: LifeOptions;
  readonly #staged: StagedConstitutions;
  readonly #source: LeaseSource & { term: Term };
  readonly #background: Background;
  /** The newest that was given. */
  #lease: ConstitutionLease | undefined;
  #history: readonly Activation[];
  /** What was in force before, kept open so that a rollback need not load it. */
  #previous: LoadedConstitution | undefined;

  constructor(options: LifeOptions) {
    const { clock, random, constitution, history } = options;
    const [first, ...rest] = history;
    this.#options = options;
    this.#background = new Background(options.onBackgroundError);
    this.#history = history.slice(-mostRemembered);
    this.#staged = new StagedConstitutions({ clock, random, onClosed: (closing) => this.#track(closing) });
    const term = new Term(this.#load(constitution), rest.at(-1) ?? first, history);
    this.#source = { gate: new SwapGate(), term };
  }

  /** The constitution in force. Whoever judges by it takes a lease instead: this one may be closed any time. */
  get current(): Constitution {
    return this.#source.term.loaded.constitution;
  }

  get activation(): Activation {
    return this.#source.term.activation;
  }

  /** Oldest first, at most a hundred. */
  get history(): readonly Activation[] {
    return this.#history;
  }

  get staged(): readonly StagedConstitution[] {
    return this.#staged.list;
  }

  /** Those that want to see every message that is judged. */
  get shadows(): readonly Shadow[] {
    return this.#staged.shadows;
  }

  /** The constitution in force, for one judgement. */
  lease(): ConstitutionLease {
    const given = this.#lease?.given();
    if (given !== undefined) return given;
    this.#lease = new ConstitutionLease(this.#source);
    this.#lease.given();
    return this.#lease;
  }

  /**
   * Puts a constitution beside the one in force, in place of a staged one of the same hash. It belongs to the life from
   * here on, and is closed where it is refused.
   *
   * @throws ConstitutionalError `CONSTITUTION_IN_FORCE`, `CONSTITUTION_LIMIT_REACHED` or `BUNDLE_REVOKED`.
   */
  stage(constitution: Constitution, request: StageRequest): StagedConstitution {
    if (this.#options.isRevoked(constitution.hash)) {
      this.#track(constitution.close());
      throw revokedError(constitution);
    }
    if (sameVersion(constitution, this.current)) {
      this.#track(constitution.close());
      throw new ConstitutionalError('CONSTITUTION_IN_FORCE', 'This constitution, with this data, is in force.');
    }
    return this.#staged.add(constitution, request, this.current.hash);
  }

  /** Takes it away again. @throws ConstitutionalError `CONSTITUTION_NOT_STAGED`. */
  unstage(hash: Digest): void {
    if (!this.#staged.remove(hash)) throw notStaged(hash);
  }

  /** What a staged constitution would have decided otherwise. @throws ConstitutionalError `CONSTITUTION_NOT_STAGED`. */
  shadowReport(hash: Digest): ShadowReport {
    return this.#staged.shadowOf(hash).report;
  }

  /**
   * Puts a staged constitution in force. Resolves once that is recorded and true for every commit that follows.
   *
   * @throws ConstitutionalError `CONSTITUTION_NOT_STAGED` or `CONSTITUTION_OUTDATED`; what `record` throws, and then
   * the one before is still in force.
   */
  activate(hash: Digest, decided: Decided): Promise<Activation> {
    return this.#source.gate.swap(async () => {
      const candidate = this.#staged.withdraw(hash);
      try {
        this.#checkRevision(candidate.loaded.constitution);
        const before = this.#source.term;
        const activation = await this.#enter(candidate.loaded, 'activate', decided);
        candidate.shadow?.close();
        this.#source.term.candidate = candidate;
        if (before.candidate?.staged.keep === true) {
          this.#staged.stageAgain({ ...before.candidate, loaded: before.loaded.keep() }, activation.hash);
        }
        this.#staged.follow(activation);
        return activation;
      } catch (error) {
        this.#staged.putBack(candidate);
        throw error;
      }
    });
  }

  /**
   * Puts in force what was before the newest activation that was not itself taken back.
   *
   * @throws ConstitutionalError `CONSTITUTION_NO_PREVIOUS`; what `reload` and `record` throw.
   */
  async rollback(decided: Decided): Promise<Activation> {
    const target = this.#target();
    if (target === undefined) throw noPrevious();
    const loaded = await this.#reloaded(target);
    return this.#source.gate.swap(async () => {
      try {
        // Somebody was faster: what is meant by “before” is now another one.
        if (this.#target() !== target) throw noPrevious();
        const activation = await this.#enter(loaded, 'rollback', decided);
        this.#staged.follow(activation);
        return activation;
      } catch (error) {
        // Else each attempt would leave an engine open.
        loaded.letGo();
        throw error;
      }
    });
  }

  /**
   * Takes a constitution out of force for good, whatever its data. It is not staged, activated or rolled back to any more;
   * where it is in force, whatever is judged from here on is denied until another one is: none comes back by itself,
   * since nobody decided that an older one is right.
   *
   * @returns the activation by which nothing is in force; nothing where it was not in force.
   * @throws what `recordRevoked` throws, and then nothing has changed; what `record` throws, and then it is out of force
   * all the same, and revoking it once more records that.
   */
  revoke(hash: Digest, decided: Decided): Promise<Activation | undefined> {
    return this.#source.gate.swap(async () => {
      await this.#options.recordRevoked(hash);
      this.#staged.remove(hash);
      const { current, activation } = this;
      if (current.hash !== hash || activation.kind === 'revoke') return undefined;
      const left = this.#load(current.revoked());
      try {
        const nothing = await this.#enter(left, 'revoke', decided);
        this.#staged.follow(nothing);
        return nothing;
      } catch (error) {
        this.#stop(left);
        throw error;
      }
    });
  }

  /** Puts in force what another process has recorded, in its turn; nothing where it is. @throws what `reload` throws. */
  async follow(activation: Activation): Promise<void> {
    if (activation.number <= this.activation.number) return;
    const isRevoked = activation.kind === 'revoke';
    const loaded = isRevoked ? this.#load(this.current.revoked()) : await this.#reloaded(activation);
    await this.#source.gate.swap(async () => {
      if (activation.number <= this.activation.number) {
        loaded.letGo();
        return;
      }
      this.#install(loaded, activation);
      if (isRevoked) this.#staged.remove(activation.hash);
      this.#staged.follow(activation);
    });
  }

  /** Closes what is in force and all that is staged, once no judgement is in it any more. */
  async close(): Promise<void> {
    for (const { hash } of this.#staged.list) this.#staged.remove(hash);
    this.#previous?.letGo();
    this.#source.term.loaded.letGo();
    await this.#background.idle();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Known to be revoked, and not to be recorded: under it nothing passes either way. */
  #stop(left: LoadedConstitution): void {
    const { loaded, activation } = this.#source.term;
    this.#source.term = new Term(left, activation, []);
    loaded.letGo();
  }

  async #enter(loaded: LoadedConstitution, kind: Activation['kind'], { by, why }: Decided): Promise<Activation> {
    const { name, revision, hash, shortHash, dataVersion } = loaded.constitution;
    const before = this.#source.term;
    const activation: Activation = Object.freeze({
      number: before.activation.number + 1,
      kind,
      name,
      revision,
      hash,
      shortHash,
      dataVersion,
      by,
      why,
      at: new Date(this.#options.clock.now()).toISOString(),
    });
    await this.#options.record(activation);
    this.#install(loaded, activation);
    return activation;
  }

  /** From here on it is in force. */
  #install(loaded: LoadedConstitution, activation: Activation): void {
    const before = this.#source.term.loaded;
    this.#history = [...this.#history, activation].slice(-mostRemembered);
    this.#source.term = new Term(loaded, activation, this.#history);
    this.#previous?.letGo();
    this.#previous = activation.kind === 'activate' ? before : undefined;
    if (this.#previous === undefined) before.letGo();
  }

  #target(): Activation | undefined {
    return rollbackTarget(this.#history, this.#options.isRevoked);
  }

  #checkRevision({ name, revision }: Constitution): void {
    const highest = this.#options.highestRevision(name) ?? 0;
    if (revision >= highest) return;
    throw new ConstitutionalError(
      'CONSTITUTION_OUTDATED',
      `Revision ${revision} of ${name} is older than revision ${highest}, which was in force; roll back instead.`,
      { details: { revision, highest } },
    );
  }

  async #reloaded(target: Activation): Promise<LoadedConstitution> {
    const previous = this.#previous;
    if (previous !== undefined && sameVersion(previous.constitution, target)) return previous.keep();
    return this.#load(await this.#options.reload(target));
  }

  #load(constitution: Constitution): LoadedConstitution {
    return new LoadedConstitution(constitution, (closing) => this.#track(closing));
  }

  #track(closing: Promise<void>): void {
    this.#background.track('close constitution', closing);
  }
}
