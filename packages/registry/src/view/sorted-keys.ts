/** Distinct strings in the order of their code units: look-up by halving, change by shifting, which is a `memmove`. */
export class SortedKeys {
  readonly #keys: string[] = [];

  add(key: string): void {
    const at = this.from(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.from(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** The place of the first key that is not less than `bound`. */
  from(bound: string): number {
    const last = this.#keys.at(-1);
    if (last === undefined || last < bound) return this.#keys.length;
    let low = 0;
    let high = this.#keys.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(place: number): string | undefined {
    return this.#keys[place];
  }
}
