import { PolicyError } from '@charterbus/core-models';
import type { QuotaCharge, QuotaClaim } from '../quota-counters.js';
import type { Entries } from './entries.js';
import type { BudgetEntry, Entry } from './entry.js';
import type { Instant } from './instant.js';
import type { PeriodCount } from './period-counts.js';

const unavailable = (cause: unknown): PolicyError =>
  new PolicyError('QUOTA_UNAVAILABLE', 'What was used of a budget before cannot be found out.', {
    cause,
    retryAfterMs: 1000,
  });

/** What was used of budgets before the counters began to count: asked for once per subject and period. */
export class Histories {
  readonly #entries: Entries;

  constructor(entries: Entries) {
    this.#entries = entries;
  }

  /**
   * @returns what must be waited for before the claim can be decided, if anything.
   * @throws PolicyError `QUOTA_UNAVAILABLE`
   */
  ask({ charges }: QuotaClaim, entries: readonly (Entry | undefined)[], at: Instant): Promise<void> | undefined {
    let answers: Promise<void>[] | undefined;
    for (let place = 0; place < charges.length; place += 1) {
      const [charge, entry] = [charges[place], entries[place]];
      if (entry?.kind !== 'budget' || charge?.history === undefined || charge.limit.kind !== 'budget') continue;
      const count = entry.counts.at(charge.limit, at.wall);
      if (count.isWhole) continue;
      const answer = this.#complete(charge, entry, count);
      if (answer !== undefined) answers = [...(answers ?? []), answer];
    }
    return answers === undefined ? undefined : Promise.all(answers).then(() => undefined);
  }

  #complete(charge: QuotaCharge, entry: BudgetEntry, count: PeriodCount): Promise<void> | undefined {
    if (entry.asking?.period === count.start) return entry.asking.answer;
    // Of a period that began under these counters nothing is missing; in its very millisecond another process may have ended.
    if (count.start > this.#entries.since(charge.limit)) count.isWhole = true;
    else return this.#ask(charge, entry, count);
  }

  #ask({ history }: QuotaCharge, entry: BudgetEntry, count: PeriodCount): Promise<void> | undefined {
    const used = answerOf(history, count.start);
    if (!(used instanceof Promise)) return addTo(count, used);
    const answer = this.#wait(used, entry, count);
    entry.asking = { period: count.start, answer };
    return answer;
  }

  async #wait(used: Promise<number>, entry: BudgetEntry, count: PeriodCount): Promise<void> {
    try {
      addTo(count, await used);
    } catch (error) {
      throw PolicyError.isInstance(error) ? error : unavailable(error);
    } finally {
      entry.asking = undefined;
    }
  }
}

const answerOf = (history: QuotaCharge['history'], since: number): number | Promise<number> => {
  try {
    return history?.(since) ?? 0;
  } catch (error) {
    throw unavailable(error);
  }
};

const addTo = (count: PeriodCount, used: number): undefined => {
  if (!(used >= 0)) throw unavailable(new RangeError('It is said to be no amount.'));
  count.used += used;
  count.isWhole = true;
};
