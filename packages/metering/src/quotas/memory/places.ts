import type { ConcurrencyEntry } from './entry.js';

/** Which places a message has, so that it can give them back whatever limits there are by then. */
export class Places {
  readonly #held = new Map<string, ConcurrencyEntry[]>();

  /** The message has a place of the entry. */
  note(message: string, entry: ConcurrencyEntry): void {
    const held = this.#held.get(message);
    if (held === undefined) this.#held.set(message, [entry]);
    else if (!held.includes(entry)) held.push(entry);
  }

  free(message: string): void {
    for (const entry of this.#held.get(message) ?? []) entry.places.delete(message);
    this.#held.delete(message);
  }
}
