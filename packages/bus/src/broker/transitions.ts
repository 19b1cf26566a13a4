import type { Clock } from '@charterbus/core-models';
import type { EntryChange } from './broker.js';
import { type Entry, type HistoryEvent, isFinal, remember } from './entry.js';
import type { Journal, JournalChange } from './journal.js';
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
}

interface Step {
  readonly before: Entry;
  readonly next: Entry;
  readonly event: HistoryEvent;
  readonly audited: boolean;
  /** Whether nothing of the message was unfinished before: it is a redrive. */
  readonly wasFinished: boolean;
}

/** Moves entries from one state to the next: in memory at once, then on disk, and back in memory when the disk refuses. */
export class Transitions {
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #state: LiveState;
  readonly #rest: (live: LiveEntry, outcome: 'committed' | 'refused') => void;
  readonly #listeners = new Set<(change: EntryChange) => void>();

  /** @param rest called after each commit and after each change that was taken back: the entry is at rest again. */
  constructor(
    clock: Clock,
    journal: Journal,
    state: LiveState,
    rest: (live: LiveEntry, outcome: 'committed' | 'refused') => void,
  ) {
    this.#clock = clock;
    this.#journal = journal;
    this.#state = state;
    this.#rest = rest;
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
    const wasFinished = live.message.tally.finished;
    const { entry: next, event } = this.#next(before, transition);
    this.#state.replace(live, next);
    const committed = this.#journal
      .write(this.#changes(live, { before, next, event, audited: transition.audited, wasFinished }))
      .then(
        () => this.#commit(live, next),
        (error: unknown) => {
          live.pending = undefined;
          this.#state.replace(live, before);
          this.#rest(live, 'refused');
          throw error;
        },
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
    const before = live.entry;
    const wasFinished = live.message.tally.finished;
    const { entry: next, event } = this.#next(before, transition);
    this.#state.replace(live, next);
    await this.#journal.write(this.#changes(live, { before, next, event, audited: transition.audited, wasFinished }));
  }

  #commit(live: LiveEntry, next: Entry): Entry {
    live.pending = undefined;
    this.#rest(live, 'committed');
    this.#state.settle(live.message);
    for (const listener of this.#listeners) listener({ entry: next });
    return next;
  }

  #next(before: Entry, { patch, event }: Transition): { readonly entry: Entry; readonly event: HistoryEvent } {
    const now = this.#clock.now();
    const next = { ...before, ...patch };
    const dated = { at: new Date(now).toISOString(), ...event };
    return {
      entry: { ...next, settledAt: isFinal(next.state) ? now : 0, history: remember(before.history, dated) },
      event: dated,
    };
  }

  #changes(live: LiveEntry, { before, next, event, audited, wasFinished }: Step): readonly JournalChange[] {
    const { message } = live;
    const changes: JournalChange[] = [{ kind: 'entry-state', entry: next }];
    if (before.state !== next.state) {
      changes.push({
        kind: 'message-status',
        id: message.id,
        status: message.tally.status,
        settledAt: message.tally.finished ? this.#clock.now() : 0,
        dead: message.dead,
        reopened: wasFinished && !message.tally.finished,
      });
    }
    if (audited) changes.push({ kind: 'leaf', message: message.id, text: settlementLeaf(next, event) });
    return changes;
  }
}
