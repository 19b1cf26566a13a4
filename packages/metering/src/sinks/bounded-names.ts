/** Names that may be labels of a metric: the first so many, and one for all others. */
export class BoundedNames {
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns the name, or `*` where there are too many already. */
  nameOf(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#most) return '*';
    this.#known.add(name);
    return name;
  }
}
