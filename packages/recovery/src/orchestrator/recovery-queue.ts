import TinyQueue from 'tinyqueue';

export interface QueuedRecovery {
  readonly key: string;
  /** Lower is first. */
  readonly priority: number;
  /** Among equals, lower is older and first. */
  readonly age: number;
  /** By the monotonic clock. */
  readonly dueAt: number;
}

const byDue = (a: QueuedRecovery, b: QueuedRecovery): number => a.dueAt - b.dueAt;
const byRank = (a: QueuedRecovery, b: QueuedRecovery): number => a.priority - b.priority || a.age - b.age;

/** Stale items that are tolerated in a heap, beyond those that count. */
const mostStale = 64;

/** What waits for its time, then for its turn: among those whose time has come, the lowest priority is first, then the oldest. */
export class RecoveryQueue {
  /** What counts; the heaps may hold more, which is skipped. */
  readonly #items = new Map<string, QueuedRecovery>();
  #waiting = new TinyQueue<QueuedRecovery>([], byDue);
  #due = new TinyQueue<QueuedRecovery>([], byRank);

  get size(): number {
    return this.#items.size;
  }

  /** Takes the place of an earlier item with the same key. */
  add(item: QueuedRecovery): void {
    this.#items.set(item.key, item);
    this.#waiting.push(item);
    if (this.#waiting.length + this.#due.length > 2 * this.#items.size + mostStale) this.#rebuild();
  }

  remove(key: string): void {
    this.#items.delete(key);
  }

  /**
   * Takes out the first one whose time has come.
   *
   * @param may passes over those that cannot begin yet; they keep their places.
   */
  take(now: number, may: (key: string) => boolean): QueuedRecovery | undefined {
    this.#ripen(now);
    const passed: QueuedRecovery[] = [];
    let taken: QueuedRecovery | undefined;
    while (taken === undefined) {
      const item = this.#due.pop();
      if (item === undefined) break;
      if (this.#items.get(item.key) !== item) continue;
      if (may(item.key)) taken = item;
      else passed.push(item);
    }
    for (const item of passed) this.#due.push(item);
    if (taken !== undefined) this.#items.delete(taken.key);
    return taken;
  }

  /** When the next one's time comes; of those whose time has come nothing is said. */
  nextDueAt(): number | undefined {
    for (let item = this.#waiting.peek(); item !== undefined; item = this.#waiting.peek()) {
      if (this.#items.get(item.key) === item) return item.dueAt;
      this.#waiting.pop();
    }
    return undefined;
  }

  #ripen(now: number): void {
    for (let dueAt = this.nextDueAt(); dueAt !== undefined && dueAt <= now; dueAt = this.nextDueAt()) {
      const item = this.#waiting.pop();
      if (item !== undefined) this.#due.push(item);
    }
  }

  #rebuild(): void {
    this.#waiting = new TinyQueue(Array.from(this.#items.values()), byDue);
    this.#due = new TinyQueue<QueuedRecovery>([], byRank);
  }
}
