import { type AgentReference, StoreError, type Timers } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { Spill } from './backlog.js';
import type { DeliveryOptions } from './delivery-options.js';
import type { Journal } from './journal.js';
import type { LiveEntry } from './live-entry.js';
import type { LiveState } from './live-state.js';
import type { Mailbox } from './mailbox.js';
import type { Recall } from './recall.js';
import { turnOf } from './turn.js';

export interface LiveSpillOptions {
  readonly state: LiveState;
  readonly timers: Timers;
  readonly background: Background;
  readonly delivery: Pick<DeliveryOptions, 'agingMs' | 'windowEntries'>;
}

/** How long nothing is read back after the store failed, in milliseconds. */
const restMs = 1000;

/** Lets go of entries that the journal can read back, and brings them back when it is their turn. */
export class LiveSpill implements Spill<LiveEntry> {
  readonly window: number;
  readonly agingMs: number;
  readonly #recall: Recall;
  readonly #options: LiveSpillOptions;
  /** The greatest number that an earlier process left. */
  #recovered = 0;

  constructor(recall: Recall, options: LiveSpillOptions) {
    this.window = options.delivery.windowEntries;
    this.agingMs = options.delivery.agingMs;
    this.#recall = recall;
    this.#options = options;
  }

  letGo(live: LiveEntry): number | undefined {
    const { message, pending, noted, lane, deadline } = live;
    if (message.entries.length !== 1 || message.changing > 0 || pending !== undefined || noted) return undefined;
    if (lane !== undefined || deadline !== undefined) return undefined;
    const number = this.#recall.letGo(live.entry);
    if (number !== undefined) this.#options.state.letGo(live);
    return number;
  }

  bringBack(numbers: readonly number[], recipient: AgentReference): readonly LiveEntry[] {
    const { state } = this.#options;
    const entries = this.#recall.read(numbers, recipient);
    if (entries.length !== numbers.length) {
      throw new StoreError('STORE_CORRUPT', 'The store is damaged: a queued message is no longer there.');
    }
    return entries.map((entry, place) => {
      const live = state.bringBack(entry);
      live.recovered = (numbers[place] ?? 0) <= this.#recovered;
      return live;
    });
  }

  failed(error: unknown, again: () => void): void {
    this.#options.background.report('recall', error);
    this.#options.timers.after(restMs, again);
  }

  /** Takes in what an earlier process left waiting; the greatest position of it. */
  recover(): number {
    const { agingMs } = this;
    const { state } = this.#options;
    let position = 0;
    let last: { readonly recipient: AgentReference; readonly mailbox: Mailbox<LiveEntry> } | undefined;
    for (const waiting of this.#recall.waiting()) {
      const { recipient, number } = waiting;
      // Those of one form have the same object.
      if (last?.recipient !== recipient) last = { recipient, mailbox: state.mailbox(recipient) };
      state.addWaiting(last.mailbox, turnOf(waiting, agingMs), number);
      position = Math.max(position, waiting.position);
      this.#recovered = Math.max(this.#recovered, number);
    }
    return position;
  }
}

/** Lets the state go of what the journal can read back; nothing where it cannot. */
export const spillOf = ({ recall }: Pick<Journal, 'recall'>, options: LiveSpillOptions): LiveSpill | undefined => {
  const spill = recall && new LiveSpill(recall, options);
  options.state.spill = spill;
  return spill;
};
