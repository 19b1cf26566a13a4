import { type Clock, ConfigurationError, PolicyError, systemClock } from '@charterbus/core-models';
import type { RateLimit } from '../limit.js';
import type {
  QuotaCharge,
  QuotaClaim,
  QuotaCounters,
  QuotaLevel,
  QuotaLevels,
  QuotaListing,
  QuotaReading,
} from '../quota-counters.js';
import { levelOf, makeCharge, noRoomLevel, type OpenLevel, rateLevel } from './charging.js';
import { Entries } from './entries.js';
import type { Entry } from './entry.js';
import { Histories } from './histories.js';
import type { Instant } from './instant.js';
import { Places } from './places.js';
import { readingOf } from './reading.js';

export interface MemoryCountersOptions {
  /** Default: the system's. Rates run by its monotonic time, budgets by the calendar. */
  readonly clock?: Clock;
  /** Subjects that are counted at a time, over all quotas. Default 250,000; each takes about 300 bytes. */
  readonly subjects?: number;
  /** Of these, those of one tenant, so that none takes up all the room. Default: half of them. */
  readonly subjectsPerTenant?: number;
}

const defaultSubjects = 250_000;

const positive = (name: string, value: number): number => {
  if (Number.isInteger(value) && value > 0) return value;
  throw new ConfigurationError('CONFIGURATION_INVALID', `${name} must be a whole number above 0.`);
};

const boundsOf = ({
  subjects = defaultSubjects,
  subjectsPerTenant = Math.ceil(subjects / 2),
}: MemoryCountersOptions) => ({
  subjects: positive('subjects', subjects),
  subjectsPerTenant: positive('subjectsPerTenant', subjectsPerTenant),
});

class MemoryCounters implements QuotaCounters {
  readonly #clock: Clock;
  readonly #entries: Entries;
  readonly #places = new Places();
  readonly #histories: Histories;

  constructor(options: MemoryCountersOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#entries = new Entries(boundsOf(options));
    this.#histories = new Histories(this.#entries);
  }

  take(claim: QuotaClaim): QuotaLevels | Promise<QuotaLevels> {
    const [only] = claim.charges;
    if (only?.limit.kind === 'rate' && claim.charges.length === 1) {
      const level = this.#takeRate(only, only.limit);
      if (level !== undefined) return [level];
    }
    const at = this.#now();
    const entries = this.#entriesOf(claim, at);
    const asking = this.#histories.ask(claim, entries, at);
    return asking === undefined ? decide(claim, entries, at, this.#places) : this.#takeAfter(asking, claim);
  }

  giveBack({ charges, message }: QuotaClaim, levels: QuotaLevels): void {
    this.#places.free(message);
    for (const [place, { amount, limit, subject }] of charges.entries()) {
      const entry = this.#entries.find(limit, subject);
      const count = entry?.kind === 'budget' ? entry.counts.of(levels[place]?.period ?? 0) : undefined;
      if (count !== undefined) count.used = Math.max(0, count.used - amount);
    }
  }

  finish({ message }: QuotaClaim): void {
    this.#places.free(message);
  }

  /** @throws PolicyError `QUOTA_UNAVAILABLE` where there is no room. */
  resume(claim: QuotaClaim): void {
    const { charges, message } = claim;
    for (const entry of this.#entriesOf({ ...claim, charges: charges.filter(isPlace) }, this.#now())) {
      if (entry?.kind !== 'concurrency')
        throw new PolicyError('QUOTA_UNAVAILABLE', 'There is no room to count more subjects.');
      entry.places.add(message);
      this.#places.note(message, entry);
    }
  }

  read({ charges }: QuotaClaim): readonly QuotaReading[] {
    const at = this.#now();
    return charges.map(({ limit, subject }) => readingOf(limit, subject, this.#entries.find(limit, subject), at));
  }

  list({ limits, most, tenant }: QuotaListing): readonly QuotaReading[] {
    const at = this.#now();
    const readings: QuotaReading[] = [];
    for (const limit of limits) {
      for (const entry of this.#entries.of(limit)) {
        if (readings.length === most) return readings;
        if (entry.tenant !== tenant) continue;
        const reading = readingOf(limit, entry.subject, entry, at);
        if (reading.used > 0) readings.push(reading);
      }
    }
    return readings;
  }

  async close(): Promise<void> {}

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The same for what most messages are in, one rate that knows them: nothing is made but what is answered. */
  #takeRate(charge: QuotaCharge, limit: RateLimit): QuotaLevel | undefined {
    const entry = this.#entries.find(limit, charge.subject);
    if (entry?.kind !== 'rate') return undefined;
    entry.limit = limit;
    const level = rateLevel(entry, this.#clock.monotonic());
    if (level.waitMs === 0) makeCharge(entry, charge, '', level);
    return level;
  }

  #now(): Instant {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  async #takeAfter(asking: Promise<void>, claim: QuotaClaim): Promise<QuotaLevels> {
    await asking;
    return this.take(claim);
  }

  #entriesOf({ charges, tenant }: QuotaClaim, at: Instant): readonly (Entry | undefined)[] {
    const entries: (Entry | undefined)[] = [];
    for (const { limit, subject } of charges) {
      const entry = this.#entries.find(limit, subject) ?? this.#entries.add(limit, { tenant, subject }, at, entries);
      // From now on a rate is counted as it stands in the constitution that is in force.
      if (entry?.kind === 'rate' && limit.kind === 'rate') entry.limit = limit;
      entries.push(entry);
    }
    return entries;
  }
}

const isPlace = ({ limit }: QuotaClaim['charges'][number]): boolean => limit.kind === 'concurrency';

/** Looks at all entries, and charges them if the message fits everywhere. By places, since iterators take longer than the rest. */
const decide = (
  { charges, message }: QuotaClaim,
  entries: readonly (Entry | undefined)[],
  at: Instant,
  places: Places,
): QuotaLevels => {
  const levels: OpenLevel[] = [];
  let fits = true;
  for (let place = 0; place < charges.length; place += 1) {
    const level = levelIn(entries[place], charges[place], message, at);
    if (level.waitMs !== 0 || level.noRoom) fits = false;
    levels.push(level);
  }
  for (let place = 0; fits && place < charges.length; place += 1) {
    const [entry, charge, level] = [entries[place], charges[place], levels[place]];
    if (entry === undefined || charge === undefined || level === undefined) continue;
    if (entry.kind === 'concurrency') places.note(message, entry);
    makeCharge(entry, charge, message, level);
  }
  return levels;
};

const levelIn = (entry: Entry | undefined, charge: QuotaCharge | undefined, message: string, at: Instant): OpenLevel =>
  entry === undefined || charge === undefined ? noRoomLevel() : levelOf(entry, charge, message, at);

/** Counters of one process. What they have counted of rates and concurrency ends with it. */
export const createMemoryCounters = (options: MemoryCountersOptions = {}): QuotaCounters => new MemoryCounters(options);
