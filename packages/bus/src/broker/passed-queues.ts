import TinyQueue from 'tinyqueue';

/** What stands in a queue group's mailbox and some of its members may not have. */
export interface Passable {
  readonly passedBy: ReadonlySet<string> | undefined;
}

/** Entries that the same members may not have: those in one queue never have to be looked through one by one. */
interface PassedQueue<Q> {
  readonly members: ReadonlySet<string>;
  readonly queue: TinyQueue<Q>;
}

/** Below this many, what has ended is not worth looking for. */
const leastSweep = 1024;

const keyOf = (members: ReadonlySet<string>): string => [...members].toSorted().join(' ');

/** What members of a queue group may not have, for the others: a queue for each set of members that were passed over. */
export class PassedQueues<Q extends Passable> {
  readonly #inTurn: (left: Q, right: Q) => number;
  /** Whether an entry still stands in its queue, or has ended meanwhile. */
  readonly #stands: (live: Q) => boolean;
  readonly #queues = new Map<string, PassedQueue<Q>>();
  #size = 0;
  #sweepAt = leastSweep;

  constructor(inTurn: (left: Q, right: Q) => number, stands: (live: Q) => boolean) {
    this.#inTurn = inTurn;
    this.#stands = stands;
  }

  get size(): number {
    return this.#size;
  }

  push(live: Q, members: ReadonlySet<string>): void {
    const key = keyOf(members);
    const known = this.#queues.get(key) ?? { members, queue: new TinyQueue<Q>([], this.#inTurn) };
    this.#queues.set(key, known);
    known.queue.push(live);
    this.#size += 1;
    if (this.#size >= this.#sweepAt) this.#sweep();
  }

  /** Takes what is first among all that the holder may have, those in `ready` included. */
  pop(ready: TinyQueue<Q>, holder: string): Q | undefined {
    let [first, from] = [ready.peek(), ready];
    let passed: PassedQueue<Q> | undefined;
    for (const candidate of this.#queues.values()) {
      const head = candidate.members.has(holder) ? undefined : candidate.queue.peek();
      if (head === undefined || (first !== undefined && this.#inTurn(first, head) <= 0)) continue;
      [first, from, passed] = [head, candidate.queue, candidate];
    }
    if (passed !== undefined) this.#size -= 1;
    if (passed?.queue.length === 1) this.#queues.delete(keyOf(passed.members));
    return from.pop();
  }

  /** Takes out everything. */
  drain(): readonly Q[] {
    const all = [...this.#queues.values()].flatMap(({ queue }) => queue.data);
    this.#queues.clear();
    this.#size = 0;
    this.#sweepAt = leastSweep;
    return all;
  }

  /** What ends while nobody takes anything would be kept until somebody does. */
  #sweep(): void {
    const kept = this.drain().filter(this.#stands);
    this.#sweepAt = Math.max(leastSweep, 2 * kept.length + 2);
    for (const live of kept) if (live.passedBy !== undefined) this.push(live, live.passedBy);
  }
}
