import { CharterbusError, PolicyError } from '@charterbus/core-models';
import type { RateLimit } from '../quotas/limit.js';
import { waitFor } from '../quotas/memory/bucket.js';
import { placeWaitMs } from '../quotas/memory/charging.js';
import { periodValues } from '../quotas/period.js';
import type {
  QuotaCharge,
  QuotaClaim,
  QuotaCounters,
  QuotaLevel,
  QuotaLevels,
  QuotaListing,
  QuotaReading,
} from '../quotas/quota-counters.js';
import { giveBackScript, readScript, resumeScript, takeScript } from './counter-scripts.js';
import { check, meteringSettings, type RedisMeteringOptions } from './options.js';
import { rateLevel, rateScript, rateValues } from './rate-script.js';
import { type Script, ScriptsClient } from './scripts-client.js';

export interface RedisCountersOptions extends RedisMeteringOptions {
  /**
   * How long a message has its place of a concurrency limit at most, in milliseconds: what a process that was killed held is free
   * again after so long. `resume` gives a message that takes longer its place anew. Default an hour.
   */
  readonly placeMs?: number;
  /** Wall-clock time that readings are stamped with; decisions go by the server's. Default: the system's. */
  readonly now?: () => number;
}

const defaultAnswerMs = 500;
const defaultPlaceMs = 3_600_000;
/** Counters that are read by one script. */
const pageSize = 200;
const retryAfterMs = 1000;

type Subject = Pick<QuotaCharge, 'limit' | 'subject'>;

/** What the script is told of one charge, after its kind: five values. */
const takeValues = ({ amount, limit }: QuotaCharge, placeMs: number): readonly (string | number)[] => {
  const { most, warn } = limit;
  switch (limit.kind) {
    case 'rate':
      return ['rate', limit.cost, limit.drain, limit.capacity, limit.grains, threshold(warn * most * limit.cost)];
    case 'concurrency':
      return ['concurrency', most, placeMs, '', placeWaitMs, threshold(warn * most)];
    case 'budget':
      return ['budget', amount, most, ...periodValues[limit.period], threshold(warn * most)];
  }
};

/** As Lua reads it. */
const threshold = (value: number): string | number => (Number.isFinite(value) ? value : '1e999');

const readValues = ({ limit }: Subject): readonly (string | number)[] => {
  switch (limit.kind) {
    case 'rate':
      return ['rate', limit.cost, limit.drain, limit.grains];
    case 'concurrency':
      return ['concurrency', '', '', ''];
    case 'budget':
      return ['budget', ...periodValues[limit.period], ''];
  }
};

const waitOf = ({ limit }: QuotaCharge, wait: number): number => {
  if (wait < 0) return Number.POSITIVE_INFINITY;
  return limit.kind === 'rate' ? waitFor(wait, limit) : wait;
};

const levelOf = (charge: QuotaCharge, answer: readonly number[], place: number): QuotaLevel => {
  const [used = Number.NaN, wait = -1, crossed = 0, period = 0] = answer.slice(place * 4, place * 4 + 4);
  const unit = charge.limit.kind === 'rate' ? charge.limit.cost : 1;
  return { used: used / unit, waitMs: waitOf(charge, wait), crossed: crossed === 1, period, noRoom: false };
};

const unavailable = (cause: unknown): CharterbusError =>
  CharterbusError.isInstance(cause)
    ? cause
    : new PolicyError('QUOTA_UNAVAILABLE', 'Redis did not say whether a quota is used up.', { cause, retryAfterMs });

const isPlace = ({ limit }: Subject): boolean => limit.kind === 'concurrency';

/** What all keys of counters begin with. */
export const countersTag = (prefix: string): string => `{${prefix}:quotas}`;

class RedisCounters implements QuotaCounters {
  readonly #client: ScriptsClient;
  readonly #prefix: string;
  readonly #placeMs: number;
  readonly #now: () => number;
  /** Made once for each limit of a constitution, and gone with it. */
  readonly #rateValues = new WeakMap<RateLimit, readonly string[]>();

  constructor(client: ScriptsClient, prefix: string, placeMs: number, now: () => number) {
    this.#client = client;
    this.#prefix = prefix;
    this.#placeMs = placeMs;
    this.#now = now;
  }

  take(claim: QuotaClaim): Promise<QuotaLevels> {
    const [only] = claim.charges;
    if (only?.limit.kind === 'rate' && claim.charges.length === 1)
      return this.#takeRate(claim.tenant, only, only.limit);
    return this.#takeAll(claim);
  }

  async giveBack({ charges, message, tenant }: QuotaClaim, levels: QuotaLevels): Promise<void> {
    const given = charges
      .map((charge, place) => ({ ...charge, period: levels[place]?.period ?? 0 }))
      .filter(({ limit }) => limit.kind !== 'rate');
    if (given.length === 0) return;
    const values = given.flatMap(({ amount, limit, period }) => [limit.kind, amount, period]);
    await this.#run(giveBackScript, tenant, given, [message, ...values]);
  }

  async finish(claim: QuotaClaim): Promise<void> {
    await this.giveBack({ ...claim, charges: claim.charges.filter(isPlace) }, []);
  }

  async resume({ charges, message, tenant }: QuotaClaim): Promise<void> {
    const places = charges.filter(isPlace);
    if (places.length > 0) await this.#run(resumeScript, tenant, places, [message, this.#placeMs]);
  }

  read({ charges, tenant }: QuotaClaim): Promise<readonly QuotaReading[]> {
    return this.#read(tenant, charges);
  }

  /** Looks through the keys of the database: for operators, not for the way of a message. */
  async list({ limits, most, tenant }: QuotaListing): Promise<readonly QuotaReading[]> {
    const readings: QuotaReading[] = [];
    for (const limit of limits) {
      const prefix = this.#keyOf(tenant, { limit, subject: '' });
      for await (const subjects of this.#subjects(prefix)) {
        const page = await this.#read(
          tenant,
          subjects.map((subject) => ({ limit, subject })),
        );
        readings.push(...page.filter(({ used }) => used > 0));
        if (readings.length >= most) return readings.slice(0, most);
      }
    }
    return readings;
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #takeRate(tenant: string, charge: QuotaCharge, limit: RateLimit): Promise<QuotaLevels> {
    let values = this.#rateValues.get(limit);
    if (values === undefined) {
      values = rateValues(limit);
      this.#rateValues.set(limit, values);
    }
    try {
      const answer = await this.#client.run(rateScript, [this.#keyOf(tenant, charge)], values);
      return [rateLevel(limit, Number(answer))];
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  async #takeAll(claim: QuotaClaim): Promise<QuotaLevels> {
    const { charges, message } = claim;
    const values = [message, ...charges.flatMap((charge) => takeValues(charge, this.#placeMs))];
    const answer = await this.#run(takeScript, claim.tenant, charges, values);
    return charges.map((charge, place) => levelOf(charge, answer, place));
  }

  /** What the keys that begin so go on with, each once. */
  async *#subjects(prefix: string): AsyncGenerator<readonly string[]> {
    const seen = new Set<string>();
    let cursor = '0';
    do {
      const scanned = cursor;
      const [next, keys] = await this.#asked(
        this.#client.command((client) => client.scan(scanned, 'MATCH', `${prefix}*`, 'COUNT', 1000)),
      );
      const subjects = keys.map((key) => key.slice(prefix.length)).filter((subject) => !seen.has(subject));
      for (const subject of subjects) seen.add(subject);
      for (let at = 0; at < subjects.length; at += pageSize) yield subjects.slice(at, at + pageSize);
      cursor = next;
    } while (cursor !== '0');
  }

  async #read(tenant: string, subjects: readonly Subject[]): Promise<readonly QuotaReading[]> {
    if (subjects.length === 0) return [];
    const answer = await this.#run(readScript, tenant, subjects, subjects.flatMap(readValues));
    const now = this.#now();
    return subjects.map(({ limit, subject }, place) => {
      const [used = 0, resets = -1] = answer.slice(place * 2, place * 2 + 2);
      const unit = limit.kind === 'rate' ? limit.cost : 1;
      return { limit, subject, used: used / unit, resetsAt: resets < 0 ? undefined : now + resets };
    });
  }

  async #run(
    script: Script,
    tenant: string,
    subjects: readonly Subject[],
    values: readonly (string | number)[],
  ): Promise<readonly number[]> {
    const keys = subjects.map((subject) => this.#keyOf(tenant, subject));
    return this.#asked(this.#client.run(script, keys, values)) as Promise<readonly number[]>;
  }

  /** One hash tag: all counters lie in one slot of a cluster, where whoever opens them has to connect to. */
  #keyOf(tenant: string, { limit, subject }: Subject): string {
    return `${countersTag(this.#prefix)}:${tenant}:${limit.key}:${subject}`;
  }

  /** @throws PolicyError `QUOTA_UNAVAILABLE` */
  async #asked<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      return await answer;
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

/**
 * Counters that several processes share: one script decides about all limits of a message, by the server's time.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds.
 */
export const openRedisCounters = (options: RedisCountersOptions): QuotaCounters => {
  const settings = meteringSettings(options, defaultAnswerMs);
  const { now = () => Date.now(), placeMs = defaultPlaceMs } = options;
  check(Number.isInteger(placeMs) && placeMs > 0, 'placeMs must be a whole number above 0.');
  const closed = (): Error => new PolicyError('QUOTA_UNAVAILABLE', 'The counters are closed.');
  return new RedisCounters(new ScriptsClient({ ...settings, closed }), settings.prefix, placeMs, now);
};
