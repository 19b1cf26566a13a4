import type { AgentReference } from '@charterbus/core-models';
import type { Entry } from './entry.js';
import { turnOf } from './turn.js';
import { TurnHeap } from './turn-heap.js';

/** Who lets entries go and brings them back. */
export interface Spill<Q> {
  /** Entries of one mailbox that stay in memory in any case. */
  readonly window: number;
  readonly agingMs: number;
  /** Forgets the entry; the number by which it is found again, or nothing where it stays. */
  letGo(live: Q): number | undefined;
  /** @throws StoreError where they cannot be read. */
  bringBack(numbers: readonly number[], recipient: AgentReference): readonly Q[];
  /** Told of what could not be read; `again` is called after a while. */
  failed(error: unknown, again: () => void): void;
}

/** What is ready in one mailbox beyond what is in memory: of each entry its turn and its number alone. */
export class Backlog<Q extends { readonly entry: Entry }> {
  readonly #recipient: AgentReference;
  readonly #spill: Spill<Q>;
  #heap: TurnHeap | undefined;
  /** Nothing can be read for a while. */
  #resting = false;

  constructor(recipient: AgentReference, spill: Spill<Q>) {
    this.#recipient = recipient;
    this.#spill = spill;
  }

  get size(): number {
    return this.#heap?.size ?? 0;
  }

  /** Lets go of an entry where so many are in memory already; whether it did. */
  takes(live: Q, inMemory: number): boolean {
    if (inMemory < this.#spill.window) return false;
    const turn = turnOf(live.entry, this.#spill.agingMs);
    const number = this.#spill.letGo(live);
    if (number !== undefined) this.add(turn, number);
    return number !== undefined;
  }

  /** Of what was never in memory. */
  add(turn: number, number: number): void {
    this.#heap ??= new TurnHeap();
    this.#heap.push(turn, number);
  }

  /** Whether something here comes before the first that is in memory. */
  isBefore(first: Q | undefined): boolean {
    const least = this.#heap?.leastTurn ?? Number.POSITIVE_INFINITY;
    return this.size > 0 && (first === undefined || least <= turnOf(first.entry, this.#spill.agingMs));
  }

  /** Brings back those whose turn is next; nothing where that fails, and `again` is called after a while. */
  next(again: () => void): readonly Q[] | undefined {
    if (this.#resting) return undefined;
    try {
      return this.take(Math.max(1, this.#spill.window >> 2));
    } catch (error) {
      this.#resting = true;
      this.#spill.failed(error, () => {
        this.#resting = false;
        again();
      });
      return undefined;
    }
  }

  /** Brings back at most so many. @throws StoreError; then they are still here. */
  take(most: number): readonly Q[] {
    const heap = this.#heap;
    if (heap === undefined) return [];
    const taken: { readonly turn: number; readonly number: number }[] = [];
    while (taken.length < most) {
      const turn = heap.leastTurn;
      const number = heap.pop();
      if (number === undefined) break;
      taken.push({ turn, number });
    }
    if (heap.size === 0) this.#heap = undefined;
    try {
      return this.#spill.bringBack(
        taken.map(({ number }) => number),
        this.#recipient,
      );
    } catch (error) {
      for (const { turn, number } of taken) this.add(turn, number);
      throw error;
    }
  }
}
