import { type Clock, rfc3339 } from '@charterbus/core-models';
import { ended } from '../background/ended.js';
import type { Listeners } from '../events/listeners.js';
import { isActive, type RecoveryRecord, type RecoveryState } from './recovery-record.js';
import type { KeptRecoveries, RecoveryStore } from './recovery-store.js';

/** A recovery went from one state to another, and that is kept. */
export interface RecoveryEvent {
  /** RFC 3339. */
  readonly at: string;
  readonly component: string;
  readonly from: RecoveryState;
  readonly to: RecoveryState;
  readonly record: RecoveryRecord;
}

export interface RecoveryBookOptions {
  readonly store: RecoveryStore;
  readonly kept: KeptRecoveries;
  readonly historySize: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly events: Listeners<RecoveryEvent>;
}

/** What is under way and what has been. Nothing is so here before it is in the store. */
export class RecoveryBook {
  readonly #options: RecoveryBookOptions;
  readonly #active: Map<string, RecoveryRecord>;
  readonly #history: RecoveryRecord[];
  readonly #turns = new Map<string, Promise<unknown>>();
  #number: number;

  constructor(options: RecoveryBookOptions) {
    const { kept, historySize } = options;
    this.#options = options;
    this.#active = new Map(kept.active.map((record) => [record.component, record]));
    this.#history = kept.history.slice(-historySize);
    this.#number = Math.max(0, ...[...kept.active, ...this.#history].map(({ number }) => number));
  }

  get active(): readonly RecoveryRecord[] {
    return Array.from(this.#active.values());
  }

  /** The oldest first. */
  get history(): readonly RecoveryRecord[] {
    return Array.from(this.#history);
  }

  get size(): number {
    return this.#active.size;
  }

  find(component: string): RecoveryRecord | undefined {
    return this.#active.get(component);
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  /** Does what concerns one component one after the other, so that what was looked at still holds when it is changed. */
  inTurn<T>(component: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#turns.get(component) ?? Promise.resolve()).then(work);
    const turn = ended(done).then(() => {
      if (this.#turns.get(component) === turn) this.#turns.delete(component);
    });
    this.#turns.set(component, turn);
    return done;
  }

  /** Only in a turn. @throws StoreError, and then nothing has changed. */
  async put(record: RecoveryRecord): Promise<void> {
    const { store, historySize, clock, events } = this.#options;
    const from = this.#active.get(record.component)?.state ?? 'idle';
    if (isActive(record)) {
      await store.save(record);
      this.#active.set(record.component, record);
    } else {
      await store.finish(record, historySize);
      this.#active.delete(record.component);
      this.#history.push(record);
      if (this.#history.length > historySize) this.#history.shift();
    }
    events.tell({ at: rfc3339(clock.now()), component: record.component, from, to: record.state, record });
  }
}
