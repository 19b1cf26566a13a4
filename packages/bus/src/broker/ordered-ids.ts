/** Deleted ids that are kept at least before it is worth closing the gaps. */
const fewGaps = 1024;

/**
 * Distinct ids in their order. Cheap for ids that grow with time: new ones come last, or nearly, and those that are gone
 * leave gaps that are closed together.
 */
export class OrderedIds {
  readonly #isThere: (id: string) => boolean;
  #ids: string[] = [];
  #gaps = 0;

  /** @param isThere whether an id that was added has not gone since. */
  constructor(isThere: (id: string) => boolean) {
    this.#isThere = isThere;
  }

  /** @param id was never there before. */
  add(id: string): void {
    const last = this.#ids.at(-1);
    if (last === undefined || last < id) this.#ids.push(id);
    else this.#ids.splice(this.#placeOf(id), 0, id);
  }

  /** One of them has gone. */
  gone(): void {
    this.#gaps += 1;
    if (this.#gaps < fewGaps || 2 * this.#gaps < this.#ids.length) return;
    this.#ids = this.#ids.filter((id) => this.#isThere(id));
    this.#gaps = 0;
  }

  /** From the greatest, or from the greatest that is not above `from`. Nothing may be added or go meanwhile. */
  *descending(from?: string): Generator<string, void, void> {
    let place = this.#ids.length;
    if (from !== undefined) {
      place = this.#placeOf(from);
      if (this.#ids[place] === from) place += 1;
    }
    while (--place >= 0) {
      const id = this.#ids[place];
      if (id !== undefined && this.#isThere(id)) yield id;
    }
  }

  /** The place of the first id that is not less. */
  #placeOf(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] ?? '') < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
