import { ConfigurationError, ConstitutionalError } from '@charterbus/core-models';
import {
  createQuotas,
  type QuotaCounters,
  type QuotaHistory,
  type QuotaRequest,
  type Quotas,
  type QuotaWarning,
} from '@charterbus/metering';
import type { Constitution } from '@charterbus/policy-client';

export interface QuotaDeskOptions {
  readonly counters: QuotaCounters;
  /** What budgets had used before this process began; absent where the counters outlive it. */
  readonly history?: QuotaHistory;
  readonly onWarning: (warning: QuotaWarning) => void;
  readonly onError: (task: string, error: unknown) => void;
}

const countsPlaces = ({ manifest: { quotas } }: Constitution): boolean =>
  Object.values(quotas).some(({ kind }) => kind === 'concurrency');

/** The quotas of each constitution over one set of counters, which outlive the change from one to the next. */
export class QuotaDesk {
  readonly #options: QuotaDeskOptions;
  readonly #of = new WeakMap<Constitution, Quotas | 'none'>();
  /** Of each constitution that counted messages under way, since messages may outlive it. Few: it is changed by people. */
  readonly #placing = new Map<string, Quotas>();

  constructor(options: QuotaDeskOptions) {
    this.#options = options;
  }

  /** Nothing where the constitution has none, as most have. */
  of(constitution: Constitution): Quotas | undefined {
    const known = this.#of.get(constitution) ?? this.#make(constitution);
    return known === 'none' ? undefined : known;
  }

  /** @throws ConstitutionalError `CONSTITUTION_INVALID` where a quota has numbers that cannot be counted exactly. */
  check({ manifest: { quotas: manifest } }: Constitution): void {
    const { counters, onError } = this.#options;
    try {
      createQuotas({ manifest, counters, onError });
    } catch (error) {
      if (!ConfigurationError.isInstance(error)) throw error;
      throw new ConstitutionalError('CONSTITUTION_INVALID', error.message, { cause: error });
    }
  }

  /** Whether any message may have a place that it has to give back when it is finished. */
  get placesAreCounted(): boolean {
    return this.#placing.size > 0;
  }

  /** The message is finished. Places are found by its id, whichever constitution gave them. */
  finished(request: QuotaRequest): void {
    for (const quotas of this.#placing.values()) quotas.finished(request);
  }

  #make(constitution: Constitution): Quotas | 'none' {
    const { quotas: manifest } = constitution.manifest;
    const { counters, history, onError, onWarning } = this.#options;
    if (Object.keys(manifest).length === 0) {
      this.#of.set(constitution, 'none');
      return 'none';
    }
    const quotas = createQuotas({ manifest, counters, onError, ...(history === undefined ? {} : { history }) });
    quotas.watch(onWarning);
    this.#of.set(constitution, quotas);
    if (countsPlaces(constitution)) this.#place(constitution.hash, quotas);
    return quotas;
  }

  #place(hash: string, quotas: Quotas): void {
    this.#placing.set(hash, quotas);
    const [oldest] = this.#placing.keys();
    if (this.#placing.size > mostPlacing && oldest !== undefined) this.#placing.delete(oldest);
  }
}

/** Constitutions whose messages may still be under way. */
const mostPlacing = 16;
