/** Up to here new keys are shifted into place one by one; more of them are cheaper sorted in together. */
const fewKeys = 32;

/**
 * Distinct strings in the order of their code units: look-up by halving, change by shifting, which is a `memmove`. New
 * keys wait unsorted until somebody looks, so that loading many does not shift once for each.
 */
export class SortedKeys {
  readonly #keys: string[] = [];
  readonly #added = new Set<string>();

  /** @param key must not be there already. */
  add(key: string): void {
    this.#added.add(key);
  }

  delete(key: string): void {
    if (this.#added.delete(key)) return;
    const at = this.from(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** The place of the first key that is not less than `bound`. */
  from(bound: string): number {
    this.#sortIn();
    return this.#placeOf(bound);
  }

  /** The key at a place that `from` gave, or one after it. */
  at(place: number): string | undefined {
    return this.#keys[place];
  }

  #sortIn(): void {
    if (this.#added.size <= fewKeys) {
      for (const key of this.#added) this.#keys.splice(this.#placeOf(key), 0, key);
    } else {
      for (const key of this.#added) this.#keys.push(key);
      // Without a comparison, strings sort by their code units.
      this.#keys.sort();
    }
    this.#added.clear();
  }

  #placeOf(bound: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
