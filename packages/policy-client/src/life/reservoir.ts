import type { RandomSource } from '@charterbus/core-models';

/** A whole number from 0 to `below` - 1. The bias of 48 bits over counts of messages is beyond notice. */
const randomBelow = (below: number, random: RandomSource): number =>
  Math.floor((Buffer.from(random.bytes(6)).readUIntBE(0, 6) / 2 ** 48) * below);

/** A sample of a stream in which each item is as likely as every other: algorithm R (Vitter, 1985). */
export class Reservoir<T> {
  readonly #size: number;
  readonly #random: RandomSource;
  readonly #items: T[] = [];
  #seen = 0;

  constructor(size: number, random: RandomSource) {
    this.#size = size;
    this.#random = random;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    this.#seen += 1;
    if (this.#items.length < this.#size) {
      this.#items.push(item);
      return;
    }
    const place = randomBelow(this.#seen, this.#random);
    if (place < this.#size) this.#items[place] = item;
  }
}
