import { type AgentReference, agentKey, StoreError, type Timers } from '@charterbus/core-models';
import type { Background } from '../background.js';
import type { Spill } from './backlog.js';
import type { LiveEntry } from './live-entry.js';
import type { LiveState } from './live-state.js';
import type { Recall } from './recall.js';
import { turnOf } from './turn.js';

export interface LiveSpillOptions {
  readonly recall: Recall;
  readonly state: LiveState;
  readonly timers: Timers;
  readonly background: Background;
  readonly window: number;
  readonly agingMs: number;
}

/** How long nothing is read back after the store failed, in milliseconds. */
const restMs = 1000;

/** Lets go of entries that the journal can read back, and brings them back when it is their turn. */
export class LiveSpill implements Spill<LiveEntry> {
  readonly window: number;
  readonly agingMs: number;
  readonly #options: LiveSpillOptions;
  /** The greatest number that an earlier process left. */
  #recovered = 0;

  constructor(options: LiveSpillOptions) {
    this.window = options.window;
    this.agingMs = options.agingMs;
    this.#options = options;
  }

  letGo(live: LiveEntry): number | undefined {
    const { message, pending, noted, lane, deadline } = live;
    if (message.entries.length !== 1 || message.changing > 0 || pending !== undefined || noted) return undefined;
    if (lane !== undefined || deadline !== undefined) return undefined;
    const number = this.#options.recall.letGo(live.entry);
    if (number !== undefined) this.#options.state.letGo(live);
    return number;
  }

  bringBack(numbers: readonly number[], recipient: AgentReference): readonly LiveEntry[] {
    const { recall, state } = this.#options;
    const entries = recall.read(numbers, recipient);
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
    const { recall, state, agingMs } = this.#options;
    let position = 0;
    let last: { readonly key: string; readonly add: (turn: number, number: number) => void } | undefined;
    for (const waiting of recall.waiting()) {
      const key = agentKey(waiting.recipient);
      if (last?.key !== key) {
        const mailbox = state.mailbox(waiting.recipient);
        last = { key, add: (turn, number) => state.addWaiting(mailbox, turn, number) };
      }
      last.add(turnOf(waiting, agingMs), waiting.number);
      position = Math.max(position, waiting.position);
      this.#recovered = Math.max(this.#recovered, waiting.number);
    }
    return position;
  }
}
