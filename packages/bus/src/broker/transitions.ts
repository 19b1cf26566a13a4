import type { Clock } from '@charterbus/core-models';
import type { Background } from '../background.js';
import type { EntryChange } from './broker.js';
import { type Entry, type HistoryEvent, isFinal, remember } from './entry.js';
import type { ConversationFact, Journal, JournalChange } from './journal.js';
import { settlementLeaf } from './leaf.js';
import type { LiveEntry } from './live-entry.js';
import type { LiveState } from './live-state.js';

/** What a transition changes; the rest of the entry stays. */
type EntryPatch = Partial<Omit<Entry, 'message' | 'ordinal' | 'recipient' | 'history'>>;

export interface Transition {
  readonly patch: EntryPatch;
  readonly event: Omit<HistoryEvent, 'at'>;
  /** Whether it belongs in the audit log. */
  readonly audited: boolean;
  /** What becomes known of the message's conversation by it. */
  readonly facts?: readonly ConversationFact[];
}

interface Step extends Pick<Transition, 'audited' | 'facts'> {
  readonly before: Entry;
  readonly next: Entry;
  readonly event: HistoryEvent;
  /** Whether nothing of the message was unfinished before: it is a redrive. */
  readonly wasFinished: boolean;
}

const turnOf = (before: boolean, after: boolean): 'finished' | 'reopened' | 'none' => {
  if (before === after) return 'none';
  return after ? 'finished' : 'reopened';
};

export interface TransitionsOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly state: LiveState;
  readonly background: Background;
  /** Called after each commit and after each change that was taken back: the entry is at rest again. */
  readonly rest: (live: LiveEntry, outcome: 'committed' | 'refused') => void;
}

/** Moves entries from one state to the next: in memory at once, then on disk, and back in memory when the disk refuses. */
export class Transitions {
  readonly #options: TransitionsOptions;
  readonly #listeners = new Set<(change: EntryChange) => void>();

  constructor(options: TransitionsOptions) {
    this.#options = options;
  }

  watch(listener: (change: EntryChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Begins a transition. The entry must not have another one under way. In memory it is done when this returns; the
   * promise resolves after the commit, or rejects after the entry was put back.
   */
  begin(live: LiveEntry, transition: Transition): Promise<Entry> {
    const before = live.entry;
    const written = this.#write(live, transition);
    const next = live.entry;
    live.message.changing += 1;
    const committed = written.then(
      () => this.#commit(live, next),
      (error: unknown) => this.#takeBack(live, before, error),
    );
    live.pending = committed.then(
      () => undefined,
      () => undefined,
    );
    return committed;
  }

  /**
   * Makes a transition that matters to this process alone, such as a lease that ends with it: true at once, written
   * behind, and still true when the disk refuses it. What begins next need not wait for it; writes keep their order.
   */
  async note(live: LiveEntry, transition: Transition): Promise<void> {
    await this.#write(live, transition);
  }

  /** Replaces the entry in memory and hands the change to the journal. */
  #write(live: LiveEntry, transition: Transition): Promise<unknown> {
    const { journal, state } = this.#options;
    const before = live.entry;
    const wasFinished = live.message.tally.finished;
    const { entry: next, event } = this.#next(before, transition);
    state.replace(live, next);
    const { audited, facts = [] } = transition;
    return journal.write(this.#changes(live, { before, next, event, audited, facts, wasFinished }));
  }

  #commit(live: LiveEntry, next: Entry): Entry {
    this.#end(live, 'committed');
    for (const listener of this.#listeners) {
      try {
        listener({ entry: next });
      } catch (error) {
        // The change is made, whatever a listener makes of it.
        this.#options.background.report('watch', error);
      }
    }
    return next;
  }

  #takeBack(live: LiveEntry, before: Entry, error: unknown): never {
    this.#options.state.replace(live, before);
    this.#end(live, 'refused');
    throw error;
  }

  #end(live: LiveEntry, outcome: 'committed' | 'refused'): void {
    live.pending = undefined;
    live.message.changing -= 1;
    this.#options.rest(live, outcome);
    this.#options.state.settle(live.message);
  }

  #next(before: Entry, { patch, event }: Transition): { readonly entry: Entry; readonly event: HistoryEvent } {
    const now = this.#options.clock.now();
    const next = { ...before, ...patch };
    const dated = { at: new Date(now).toISOString(), ...event };
    return {
      entry: { ...next, settledAt: isFinal(next.state) ? now : 0, history: remember(before.history, dated) },
      event: dated,
    };
  }

  #changes(live: LiveEntry, { before, next, event, audited, facts = [], wasFinished }: Step): readonly JournalChange[] {
    const { message } = live;
    const changes: JournalChange[] = [{ kind: 'entry-state', entry: next }];
    if (before.state !== next.state) {
      changes.push({
        kind: 'message-status',
        id: message.id,
        status: message.tally.status,
        settledAt: message.tally.finished ? this.#options.clock.now() : 0,
        dead: message.tally.dead,
        turn: turnOf(wasFinished, message.tally.finished),
      });
    }
    for (const fact of facts) changes.push({ kind: 'conversation-fact', fact });
    if (audited) changes.push({ kind: 'leaf', message: message.id, text: settlementLeaf(next, event) });
    return changes;
  }
}
