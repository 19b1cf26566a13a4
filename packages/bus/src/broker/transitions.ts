import { type Clock, rfc3339 } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { Eventual } from '../eventual.js';
import type { EntryChange } from './broker.js';
import { type Entry, type EntryPatch, type HistoryEvent, historyEvent, isFinal, patched } from './entry.js';
import type { ConversationFact, Journal, JournalWrite, Standing } from './journal.js';
import type { LiveEntry, LiveMessage } from './live-entry.js';
import type { LiveState } from './live-state.js';

export interface Transition {
  /** What it changes; the rest of the entry stays. */
  readonly patch: EntryPatch;
  readonly event: Omit<HistoryEvent, 'at'>;
  /** Whether it belongs in the audit log. */
  readonly audited: boolean;
  /** What becomes known of the message's conversation by it. */
  readonly facts?: readonly ConversationFact[];
}

const noFacts: readonly ConversationFact[] = Object.freeze([]);

/** A redrive reopens its message whatever its siblings are about to do: the disk may refuse those. */
const turnOf = (before: Entry, next: Entry, wasFinished: boolean, isFinished: boolean): Standing['turn'] => {
  if (isFinal(before.state) && !isFinal(next.state)) return 'reopened';
  return isFinished && !wasFinished ? 'finished' : 'none';
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
  /** Entries whose newest change was not written when it was made. */
  #noted: LiveEntry[] = [];
  /** Those of the turn before. */
  #due: LiveEntry[] = [];
  #turning = false;
  readonly #listeners = new Set<(change: EntryChange) => void>();

  constructor(options: TransitionsOptions) {
    this.#options = options;
  }

  watch(listener: (change: EntryChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Begins a transition. The entry must not have another one under way. In memory it is done when this returns; where
   * that is not the commit as well, the promise resolves after it, or rejects after the entry was put back.
   */
  begin(live: LiveEntry, transition: Transition): Eventual<Entry> {
    const before = live.entry;
    const written = this.#write(live, transition);
    const next = live.entry;
    live.message.changing += 1;
    if (!(written instanceof Promise)) return this.#commit(live, next);
    const committed = this.#settled(live, { before, next }, written);
    live.pending = committed;
    return committed;
  }

  async #settled(
    live: LiveEntry,
    { before, next }: { readonly before: Entry; readonly next: Entry },
    written: Promise<unknown>,
  ): Promise<Entry> {
    try {
      await written;
    } catch (error) {
      return this.#takeBack(live, before, error);
    }
    return this.#commit(live, next);
  }

  /**
   * Makes a transition that matters to this process alone, such as a lease that ends with it: true at once, and still
   * true when the disk refuses it. It is written behind, unless something else has become of the entry by then: what ends
   * in the turn in which a handler begins was never written before it ended.
   */
  note(live: LiveEntry, transition: Transition): void {
    const now = this.#options.clock.now();
    const { kind, attempt, reason, holder } = transition.event;
    const event = historyEvent(kind, rfc3339(now), attempt, reason, holder);
    this.#options.state.replace(live, patched(live.entry, transition.patch, now, event));
    if (live.noted) return;
    live.noted = true;
    this.#noted.push(live);
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(this.#turn);
  }

  /** A handler begins with what it was given by the next turn: what it ends there is not written before. */
  readonly #turn = (): void => {
    const due = this.#due;
    this.#due = this.#noted;
    this.#noted = [];
    this.#writeNoted(due);
    this.#turning = this.#due.length > 0;
    if (this.#turning) setImmediate(this.#turn);
  };

  /** Writes what was noted and is still so. */
  writeNotes(): void {
    const noted = [...this.#due, ...this.#noted];
    this.#due = [];
    this.#noted = [];
    this.#writeNoted(noted);
  }

  #writeNoted(noted: readonly LiveEntry[]): void {
    const { background, journal } = this.#options;
    for (const live of noted) {
      // What was changed since was written with that.
      if (!live.noted) continue;
      live.noted = false;
      const standing = this.#standing(live.message, 'none');
      const change = { kind: 'change', entry: live.entry, standing, event: undefined, facts: noFacts } as const;
      background.run('grant', () => journal.write(change));
    }
  }

  /** Replaces the entry in memory and hands the change to the journal. */
  #write(live: LiveEntry, transition: Transition): Eventual<unknown> {
    const { journal, state, clock } = this.#options;
    const { message, entry: before } = live;
    const wasFinished = message.finished;
    const now = clock.now();
    const { audited, facts = noFacts, patch } = transition;
    const { kind, attempt, reason, holder } = transition.event;
    const event = historyEvent(kind, rfc3339(now), attempt, reason, holder);
    const next = patched(before, patch, now, event);
    state.replace(live, next);
    // What was noted in this turn is written by this change, its state as well.
    const same = before.state === next.state && facts.length === 0 && !live.noted;
    live.noted = false;
    const standing = same
      ? undefined
      : this.#standing(message, turnOf(before, next, wasFinished, message.finished), now);
    const change: JournalWrite = {
      kind: 'change',
      entry: next,
      standing,
      event: audited ? event : undefined,
      facts,
    };
    return journal.write(change);
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
    // What its siblings wrote meanwhile was written in the belief that this would be kept.
    live.message.doubtful = live.message.entries.length > 1;
    this.#end(live, 'refused');
    throw error;
  }

  /** Settles a recovered message all of whose entries have ended, which the process did not live to write. */
  async settleLate(id: string): Promise<void> {
    const { state } = this.#options;
    const message = state.message(id);
    if (message === undefined || !message.finished || message.changing > 0) return;
    await this.#restate(message);
    state.settle(message);
  }

  /** Writes the status of a message as its entries say, after some of several changes at a time were refused. */
  #restate(message: LiveMessage): Eventual<unknown> {
    message.doubtful = false;
    const standing = this.#standing(message, message.finished ? 'finished' : 'none');
    return this.#options.journal.write({ kind: 'standing', standing });
  }

  #end(live: LiveEntry, outcome: 'committed' | 'refused'): void {
    live.pending = undefined;
    live.message.changing -= 1;
    if (live.message.doubtful && live.message.changing === 0) {
      this.#options.background.run('status', () => this.#restate(live.message));
    }
    this.#options.rest(live, outcome);
    this.#options.state.settle(live.message);
  }

  #standing(message: LiveMessage, turn: Standing['turn'], now = this.#options.clock.now()): Standing {
    const { id, entries, status, finished, dead } = message;
    return { id, status, settledAt: finished ? now : 0, dead, entries: entries.length, turn };
  }
}
