import type { Leaf, LeafText } from './journal.js';

/** Bytes, about, of the leaves that are kept; the oldest go first. Without a disk the log is a window. */
const mostWeight = 16 * 1024 * 1024;
/** Leaves that have gone and whose places are not yet given back. */
const mostGaps = 4096;

interface Placed {
  readonly index: number;
  readonly message: string;
  readonly leaf: LeafText;
  readonly weight: number;
  /** The next one of the same message. */
  next: Placed | undefined;
  /** Of the first one that is kept: the last. */
  last: Placed | undefined;
}

const toLeaf = ({ index, message, leaf }: Placed): Leaf => ({ index, message, text: leaf.text });

/** The newest leaves of a log in memory; indexes count all that ever were. */
export class LeafWindow {
  #placed: (Placed | undefined)[] = [];
  /** The index of the first place. */
  #base = 0;
  /** The index of the oldest that is kept. */
  #oldest = 0;
  #weight = 0;
  /** The oldest that is kept of each message. */
  readonly #firsts = new Map<string, Placed>();

  get count(): number {
    return this.#base + this.#placed.length;
  }

  append(message: string, leaf: LeafText): number {
    const placed: Placed = { index: this.count, message, leaf, weight: leaf.weight, next: undefined, last: undefined };
    this.#placed.push(placed);
    const first = this.#firsts.get(message);
    if (first === undefined) this.#firsts.set(message, placed);
    else {
      (first.last ?? first).next = placed;
      first.last = placed;
    }
    this.#weight += placed.weight;
    while (this.#weight > mostWeight) this.#forgetOldest();
    return placed.index;
  }

  at(index: number): Leaf | undefined {
    const placed = this.#placed[index - this.#base];
    return placed && toLeaf(placed);
  }

  of(message: string): readonly Leaf[] {
    const leaves: Leaf[] = [];
    for (let placed = this.#firsts.get(message); placed !== undefined; placed = placed.next)
      leaves.push(toLeaf(placed));
    return leaves;
  }

  #forgetOldest(): void {
    const place = this.#oldest++ - this.#base;
    const placed = this.#placed[place];
    if (placed === undefined) return;
    this.#placed[place] = undefined;
    this.#weight -= placed.weight;
    if (placed.next === undefined) this.#firsts.delete(placed.message);
    else {
      placed.next.last = placed.last;
      this.#firsts.set(placed.message, placed.next);
    }
    if (place < mostGaps) return;
    this.#placed = this.#placed.slice(place + 1);
    this.#base = this.#oldest;
  }
}
