import { isIPv6 } from 'node:net';
import { type Clock, OperationError } from '@charterbus/core-models';

export interface StrangersLimit {
  /** Requests of one address, at once. */
  readonly atOnce: number;
  /** And from then on. */
  readonly perSecond: number;
}

interface Bucket {
  /** Requests that are left, as of then. */
  left: number;
  at: number;
}

/** Addresses that are remembered at a time. Who is forgotten begins with a full bucket. */
const mostAddresses = 10_000;

/** The first four groups of an IPv6 address: whoever has one has all of such a network. Others as they are. */
export const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address;
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const end = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - groups.length - end.length }, () => '0');
  return [...groups, ...zeros, ...end].slice(0, 4).join(':');
};

/** How often each address may ask for what takes no token. Whoever it asks about makes no difference. */
export class Strangers {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #limit: StrangersLimit;
  /** The longest unused first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Pick<Clock, 'monotonic'>, limit: StrangersLimit) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** @throws OperationError `TOO_MANY_REQUESTS`. */
  admit(address: string): void {
    const { atOnce: most, perSecond } = this.#limit;
    const network = networkOf(address);
    const now = this.#clock.monotonic();
    const before = this.#buckets.get(network) ?? { left: most, at: now };
    const left = Math.min(most, before.left + ((now - before.at) * perSecond) / 1000);
    this.#buckets.delete(network);
    this.#buckets.set(network, { left: left >= 1 ? left - 1 : left, at: now });
    this.#forget();
    if (left >= 1) return;
    const retryAfterMs = Math.ceil(((1 - left) * 1000) / perSecond);
    throw new OperationError('TOO_MANY_REQUESTS', 'Too many requests without a token come from this address.', {
      retryAfterMs,
    });
  }

  #forget(): void {
    if (this.#buckets.size <= mostAddresses) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
