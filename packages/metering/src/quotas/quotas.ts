import type { QuotaSubject, QuotasManifest } from '@charterbus/core-models';
import { type CompiledQuota, compileQuotas } from './compiled-quota.js';
import { denialOf } from './denial.js';
import type { QuotaHistory } from './history.js';
import { microsPerUnit } from './limit.js';
import type { QuotaCharge, QuotaClaim, QuotaCounters, QuotaLevels, QuotaReading } from './quota-counters.js';
import type { QuotaDecision, QuotaGrant, QuotaRequest, QuotaUsage, QuotaWarning } from './quota-decision.js';

export interface QuotasOptions {
  /** The `quotas` of a constitution's manifest. */
  readonly manifest: QuotasManifest;
  /** They may be those of the constitution before, and should be: what was used counts on. They stay the caller's to close. */
  readonly counters: QuotaCounters;
  /** What budgets were used before the counters began to count; for counters in memory. Default: nothing. */
  readonly history?: QuotaHistory;
  /** Told of what failed while nobody waited for it: giving back and finishing on counters elsewhere. Default: nobody is told. */
  readonly onError?: (task: string, error: unknown) => void;
}

/** What operators are told when a threshold is reached. */
export type QuotaWarningListener = (warning: QuotaWarning) => void;

export interface QuotaUsageQuery {
  readonly tenant: string;
  /** How many are listed at most. Default 1000. */
  readonly limit?: number;
}

/** The quotas of one constitution. */
export interface Quotas {
  /**
   * Whether a message may come in, and charges for it if so: all quotas that it is about, or none. At once with counters in
   * memory, unless the history of a budget has to be asked for.
   *
   * @throws PolicyError `QUOTA_UNAVAILABLE` where it cannot be found out in time: nothing is let in then.
   */
  take(request: QuotaRequest): QuotaDecision | Promise<QuotaDecision>;
  /** The message is finished and counts for concurrency no longer. Idempotent; failures are reported. */
  finished(request: QuotaRequest): void;
  /** An unfinished message that was accepted before, by a process that has ended, has its places again. Idempotent. */
  resume(request: QuotaRequest): void | Promise<void>;
  /** How the quotas stand that such a message would be about. */
  peek(request: QuotaRequest): readonly QuotaUsage[] | Promise<readonly QuotaUsage[]>;
  /** What a tenant's subjects have used, without those that have used nothing. */
  usage(query: QuotaUsageQuery): readonly QuotaUsage[] | Promise<readonly QuotaUsage[]>;
  /** Told once when a subject reaches a threshold: of a budget in each period, else whenever it was below it before. */
  watch(listener: QuotaWarningListener): Disposable;
}

const defaultListed = 1000;

/** Nothing to give back and nothing to tell. */
const plainGrant: QuotaGrant = Object.freeze({ allowed: true, warnings: Object.freeze([]), giveBack: () => {} });

class CompiledQuotas implements Quotas {
  readonly #quotas: readonly CompiledQuota[];
  readonly #counters: QuotaCounters;
  readonly #history: QuotaHistory | undefined;
  readonly #onError: (task: string, error: unknown) => void;
  readonly #watchers = new Set<{ readonly call: QuotaWarningListener }>();

  constructor({ manifest, counters, history, onError = () => {} }: QuotasOptions) {
    this.#quotas = compileQuotas(manifest);
    this.#counters = counters;
    this.#history = history;
    this.#onError = onError;
  }

  take(request: QuotaRequest): QuotaDecision | Promise<QuotaDecision> {
    const claim = this.#claimOf(request);
    if (claim.charges.length === 0) return plainGrant;
    const levels = this.#counters.take(claim);
    return levels instanceof Promise ? this.#decideAfter(claim, levels) : this.#decide(claim, levels);
  }

  finished(request: QuotaRequest): void {
    this.#inBackground('finish', () => this.#counters.finish(this.#placesOf(request)));
  }

  resume(request: QuotaRequest): void | Promise<void> {
    const claim = this.#placesOf(request);
    return claim.charges.length === 0 ? undefined : this.#counters.resume(claim);
  }

  peek(request: QuotaRequest): readonly QuotaUsage[] | Promise<readonly QuotaUsage[]> {
    const readings = this.#counters.read(this.#claimOf(request));
    return readings instanceof Promise ? readings.then(usagesOf) : usagesOf(readings);
  }

  usage({ tenant, limit = defaultListed }: QuotaUsageQuery): readonly QuotaUsage[] | Promise<readonly QuotaUsage[]> {
    const limits = this.#quotas.map((quota) => quota.limit);
    const readings = this.#counters.list({ limits, tenant, most: limit });
    return readings instanceof Promise ? readings.then(usagesOf) : usagesOf(readings);
  }

  watch(listener: QuotaWarningListener): Disposable {
    const watcher = { call: listener };
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  #claimOf(request: QuotaRequest): QuotaClaim {
    const charges: QuotaCharge[] = [];
    let per: QuotaSubject | undefined;
    let subject: string | undefined;
    for (const quota of this.#quotas) {
      if (!quota.matches(request)) continue;
      // Most quotas count by the same: one text is hashed once.
      if (quota.quota.per !== per) subject = quota.subjectOf(request);
      per = quota.quota.per;
      if (subject === undefined) continue;
      const amount = quota.amountOf(request);
      // What costs nothing exceeds no budget.
      if (amount === 0) continue;
      charges.push({ limit: quota.limit, subject, amount, history: this.#historyOf(quota, request, subject) });
    }
    return { message: request.message, tenant: request.tenant, charges };
  }

  #placesOf(request: QuotaRequest): QuotaClaim {
    const claim = this.#claimOf(request);
    return { ...claim, charges: claim.charges.filter(({ limit }) => limit.kind === 'concurrency') };
  }

  #historyOf({ name, quota }: CompiledQuota, request: QuotaRequest, subject: string): QuotaCharge['history'] {
    const history = this.#history;
    if (history === undefined || quota.kind !== 'budget') return undefined;
    const { agent, tenant, tool, type } = request;
    return (since) => history({ name, quota, subject, tenant, agent, type, tool }, since);
  }

  async #decideAfter(claim: QuotaClaim, levels: Promise<QuotaLevels>): Promise<QuotaDecision> {
    return this.#decide(claim, await levels);
  }

  #decide(claim: QuotaClaim, levels: QuotaLevels): QuotaDecision {
    const denial = denialOf(claim, levels);
    if (denial !== undefined) return denial;
    const warnings = this.#warn(claim, levels);
    const isPlain = warnings === undefined && claim.charges.every(({ limit }) => limit.kind === 'rate');
    return isPlain ? plainGrant : this.#grant(claim, levels, warnings ?? []);
  }

  #grant(claim: QuotaClaim, levels: QuotaLevels, warnings: readonly QuotaWarning[]): QuotaGrant {
    let isGiven = false;
    const giveBack = (): void => {
      if (isGiven) return;
      isGiven = true;
      this.#inBackground('give back', () => this.#counters.giveBack(claim, levels));
    };
    return { allowed: true, warnings, giveBack };
  }

  #warn({ charges }: QuotaClaim, levels: QuotaLevels): readonly QuotaWarning[] | undefined {
    let warnings: QuotaWarning[] | undefined;
    for (let place = 0; place < charges.length; place += 1) {
      const [charge, level] = [charges[place], levels[place]];
      if (charge === undefined || level === undefined) continue;
      const { limit, subject } = charge;
      if (level.used < limit.warn * limit.most) continue;
      const warning = { quota: limit.name, subject, share: level.used / limit.most };
      warnings = [...(warnings ?? []), warning];
      if (level.crossed) this.#tell(warning);
    }
    return warnings;
  }

  #tell(warning: QuotaWarning): void {
    for (const { call } of Array.from(this.#watchers)) this.#inBackground('warn', () => call(warning));
  }

  /** What is done for nobody who waits. */
  #inBackground(task: string, work: () => unknown): void {
    try {
      const done = work();
      if (done instanceof Promise) done.catch((error: unknown) => this.#onError(task, error));
    } catch (error) {
      this.#onError(task, error);
    }
  }
}

const usageOf = ({ limit, resetsAt, subject, used }: QuotaReading): QuotaUsage => {
  const unit = limit.kind === 'budget' && limit.measure === 'cost' ? microsPerUnit : 1;
  const { kind, most, name: quota } = limit;
  return { quota, kind, subject, used: used / unit, limit: most / unit, share: used / most, resetsAt };
};

const usagesOf = (readings: readonly QuotaReading[]): readonly QuotaUsage[] => readings.map(usageOf);

/** @throws ConfigurationError `CONFIGURATION_INVALID` for what is no manifest, and for limits that could not be held to exactly. */
export const createQuotas = (options: QuotasOptions): Quotas => new CompiledQuotas(options);
