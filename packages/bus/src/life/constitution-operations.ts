import { type ConstitutionFile, type Digest, OperationError } from '@charterbus/core-models';
import type {
  Activation,
  Constitution,
  ConstitutionLife,
  ShadowReport,
  StagedConstitution,
} from '@charterbus/policy-client';
import type { BusContext } from '../context.js';
import { readReason } from '../way/settle.js';
import type { Keeping } from './keeping.js';
import { retainedVersions } from './open-life.js';
import { checkScreens } from './screens-at-hand.js';
import type { VariantCount } from './variant-counts.js';

export interface StageOptions {
  /** External data, `<slot>.json` each. Default: that of the constitution in force. */
  readonly slots?: readonly ConstitutionFile[];
  /** Judge every message under it besides, for comparison only. Default false. */
  readonly shadow?: boolean;
  /** Stage it again when another one is activated after it: for switching to and fro. Default false. */
  readonly keep?: boolean;
  /** Who does it. Default `operator`. */
  readonly by?: string;
}

/** Who puts a constitution in force, and why. */
export interface ActivationDecision {
  readonly why: string;
  /** Default `operator`. */
  readonly by?: string;
}

const longestName = 200;

const readName = (by = 'operator'): string => {
  if (typeof by === 'string' && by.length > 0 && by.length <= longestName && by.isWellFormed()) return by;
  throw new OperationError('REQUEST_INVALID', `by must be text of 1 to ${longestName} characters.`);
};

const decidedBy = ({ by, why }: ActivationDecision) => ({
  by: readName(by),
  why: readReason(why, 'no reason was stated'),
});

/** What an operator may do with constitutions: stage, look at what would change, activate, roll back. */
export class ConstitutionOperations {
  readonly #life: ConstitutionLife;
  readonly #keeping: Keeping;
  readonly #context: BusContext;

  constructor(context: BusContext) {
    this.#context = context;
    this.#life = context.life;
    this.#keeping = context.keeping;
  }

  /** How the constitution in force came there. */
  get activation(): Activation {
    return this.#life.activation;
  }

  /** Newest first, at most a hundred. */
  get history(): readonly Activation[] {
    return this.#life.history.toReversed();
  }

  get staged(): readonly StagedConstitution[] {
    return this.#life.staged;
  }

  /** What the variants of the constitution in force decided, each apart; empty where it has none. */
  get variants(): readonly VariantCount[] {
    return this.#context.variantCounts.of(this.#life.current);
  }

  /**
   * Checks a constitution, runs its tests, and puts it beside the one in force; of one hash, the newest. Its files are
   * kept, so that it is in force again after a restart once it was activated. At most eight are staged; a restart
   * forgets those that were not activated.
   *
   * @throws ConstitutionalError `CONSTITUTION_INVALID`, `CONSTITUTION_TESTS_FAILED`, `CONSTITUTION_IN_FORCE`,
   * `CONSTITUTION_LIMIT_REACHED` or `BUNDLE_REVOKED`; StoreError.
   */
  async stage(files: readonly ConstitutionFile[], options: StageOptions = {}): Promise<StagedConstitution> {
    const by = readName(options.by);
    const slots = options.slots ?? this.#slotsInForce();
    const constitution = await this.#keeping.open({ files, slots });
    try {
      return this.stageLoaded(constitution, { ...options, by });
    } finally {
      this.#forgetOthers();
    }
  }

  /**
   * As `stage`, of a constitution that was loaded elsewhere. The bus closes it. Its files are not kept: after a restart
   * it is in force only if the bus is started with it.
   *
   * @throws ConstitutionalError as `stage` does, also where it reads screens that this bus does not have, or has quotas that
   * cannot be counted.
   */
  stageLoaded(
    constitution: Constitution,
    { by, shadow = false, keep = false }: Omit<StageOptions, 'slots'> = {},
  ): StagedConstitution {
    const request = { by: readName(by), shadow, keep };
    try {
      checkScreens(constitution, this.#context.contentScreens.names);
      this.#context.quotas.check(constitution);
    } catch (error) {
      this.#context.background.run('close a constitution', () => constitution.close());
      throw error;
    }
    return this.#life.stage(constitution, request);
  }

  /** Takes a staged constitution away. @throws ConstitutionalError `CONSTITUTION_NOT_STAGED`. */
  unstage(hash: Digest): void {
    this.#life.unstage(hash);
    this.#forgetOthers();
  }

  /** What would change, as far as was seen. @throws ConstitutionalError `CONSTITUTION_NOT_STAGED`, also without a shadow. */
  shadowReport(hash: Digest): ShadowReport {
    return this.#life.shadowReport(hash);
  }

  /**
   * Puts a staged constitution in force: for every message that is committed from here on, and at their grant for those
   * that were queued or held before. Resolves once it is recorded, with a leaf in the audit log.
   *
   * @throws ConstitutionalError `CONSTITUTION_NOT_STAGED` or `CONSTITUTION_OUTDATED`; StoreError, and then nothing has
   * changed.
   */
  async activate(hash: Digest, decision: ActivationDecision): Promise<Activation> {
    const activation = await this.#life.activate(hash, decidedBy(decision));
    this.#forgetOthers();
    this.#context.sharedMailboxes.reofferAll();
    return activation;
  }

  /**
   * Puts in force what was before; a second one goes one further back.
   *
   * @throws ConstitutionalError `CONSTITUTION_NO_PREVIOUS`; StoreError, and then nothing has changed.
   */
  async rollback(decision: ActivationDecision): Promise<Activation> {
    const activation = await this.#life.rollback(decidedBy(decision));
    this.#forgetOthers();
    this.#context.sharedMailboxes.reofferAll();
    return activation;
  }

  /**
   * Takes a constitution out of force for good. Where it is in force, every message is denied from here on, until another
   * one is activated or rolled back to.
   *
   * @param hash its full hash, whatever data it was given; it need not be known here.
   * @returns the activation by which nothing is in force; nothing where it was not in force.
   * @throws OperationError `REQUEST_INVALID`; StoreError, and then it is out of force all the same if that it is revoked
   * could be recorded, and else nothing has changed: revoke it once more.
   */
  revoke(hash: Digest, decision: ActivationDecision): Promise<Activation | undefined> {
    if (!/^[0-9a-f]{64}$/.test(hash)) {
      throw new OperationError('REQUEST_INVALID', 'hash must be a full constitutional hash: 64 hex digits.');
    }
    return this.#life.revoke(hash, decidedBy(decision));
  }

  #slotsInForce(): readonly ConstitutionFile[] {
    return this.#keeping.records.kept(this.#life.current)?.slots ?? [];
  }

  #forgetOthers(): void {
    this.#context.background.run('retain constitutions', () =>
      this.#keeping.retain(retainedVersions(this.#life.history, this.#life.staged)),
    );
  }
}
