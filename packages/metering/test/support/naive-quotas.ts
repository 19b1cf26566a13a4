import type { QuotaRequest } from '../../src/index.js';

/** The quotas that the model is about. */
export const modelManifest = {
  burst: { kind: 'rate', messages: 7, seconds: 7200, burst: 3 },
  steady: { kind: 'rate', messages: 11, seconds: 3601, burst: 11, per: 'tenant' },
  tokens: { kind: 'budget', measure: 'tokens', limit: 50, period: 'hour' },
  cost: {
    kind: 'budget',
    measure: 'cost',
    limit: 0.000_09,
    period: 'month',
    per: 'tenant',
    match: { types: ['command'] },
  },
  open: { kind: 'concurrency', messages: 4, per: 'tenant-type' },
} as const;

const monthOf = (now: number): string => new Date(now).toISOString().slice(0, 7);
const hourOf = (now: number): string => new Date(now).toISOString().slice(0, 13);

/** What a message asks of one quota, and how to charge it and give it back. */
interface Part {
  readonly quota: string;
  readonly fits: boolean;
  charge(): void;
  giveBack(): void;
}

/**
 * The same quotas, said as plainly as possible: rates by the virtual scheduling algorithm (ITU-T I.371) in exact fractions, budgets
 * as sums by the text of their period, places as a set.
 */
export class NaiveQuotas {
  readonly #arrivals = new Map<string, bigint>();
  readonly #sums = new Map<string, number>();
  readonly #places = new Map<string, Set<string>>();

  /** @returns the names of the quotas that deny, or how to give the message back. */
  take(request: QuotaRequest, now: number): readonly string[] | (() => void) {
    const { agent, costMicros, tenant, tokens, type } = request;
    const parts = [
      this.#rate(`burst ${tenant} ${agent}`, 'burst', [7n, 7200n, 3n], now),
      this.#rate(`steady ${tenant}`, 'steady', [11n, 3601n, 11n], now),
      this.#budget(`tokens ${tenant} ${agent} ${hourOf(now)}`, 'tokens', tokens, 50),
      this.#budget(`cost ${tenant} ${monthOf(now)}`, 'cost', type === 'command' ? costMicros : 0, 90),
      this.#place(`${tenant} ${type}`, request.message),
    ];
    const denying = parts.filter(({ fits }) => !fits).map(({ quota }) => quota);
    if (denying.length > 0) return denying.toSorted();
    for (const part of parts) part.charge();
    return () => {
      for (const part of parts) part.giveBack();
    };
  }

  finish({ message, tenant, type }: QuotaRequest): void {
    this.#places.get(`${tenant} ${type}`)?.delete(message);
  }

  /** Times are counted in parts of a microsecond, as many as there are messages: then all are whole. */
  #rate(key: string, quota: string, [messages, seconds, burst]: readonly [bigint, bigint, bigint], now: number): Part {
    const at = BigInt(now) * 1000n * messages;
    const interval = seconds * 1_000_000n;
    const expected = this.#arrivals.get(key) ?? at;
    const arrival = expected > at ? expected : at;
    return {
      quota,
      fits: arrival - at <= interval * (burst - 1n),
      charge: () => void this.#arrivals.set(key, arrival + interval),
      giveBack: () => {},
    };
  }

  #budget(key: string, quota: string, amount: number, limit: number): Part {
    const add = (more: number): void => void this.#sums.set(key, (this.#sums.get(key) ?? 0) + more);
    return {
      quota,
      fits: amount === 0 || (this.#sums.get(key) ?? 0) + amount <= limit,
      charge: () => add(amount),
      giveBack: () => add(-amount),
    };
  }

  #place(key: string, message: string): Part {
    const places = this.#places.get(key) ?? new Set<string>();
    this.#places.set(key, places);
    return {
      quota: 'open',
      fits: places.size < 4,
      charge: () => void places.add(message),
      giveBack: () => void places.delete(message),
    };
  }
}
