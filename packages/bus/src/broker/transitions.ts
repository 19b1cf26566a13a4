import type { Clock } from '@charterbus/core-models';
import type { Background } from '../background.js';
import type { EntryChange } from './broker.js';
import { type Entry, type HistoryEvent, isFinal, remember } from './entry.js';
import type { ConversationFact, Journal, JournalChange } from './journal.js';
import { settlementLeaf } from './leaf.js';
import type { LiveEntry, LiveMessage } from './live-entry.js';
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

type StatusChange = Extract<JournalChange, { readonly kind: 'message-status' }>;

/** A redrive reopens its message whatever its siblings are about to do: the disk may refuse those. */
const turnOf = ({ before, next, wasFinished }: Step, isFinished: boolean): StatusChange['turn'] => {
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
    // What its siblings wrote meanwhile was written in the belief that this would be kept.
    live.message.doubtful = live.message.entries.length > 1;
    this.#end(live, 'refused');
    throw error;
  }

  /** Settles a recovered message all of whose entries have ended, which the process did not live to write. */
  async settleLate(id: string): Promise<void> {
    const { state } = this.#options;
    const message = state.message(id);
    if (message === undefined || !message.tally.finished || message.changing > 0) return;
    await this.#restate(message);
    state.settle(message);
  }

  /** Writes the status of a message as its entries say, after some of several changes at a time were refused. */
  #restate(message: LiveMessage): Promise<unknown> {
    message.doubtful = false;
    return this.#options.journal.write([this.#status(message, message.tally.finished ? 'finished' : 'none')]);
  }

  #end(live: LiveEntry, outcome: 'committed' | 'refused'): void {
    live.pending = undefined;
    live.message.changing -= 1;
    if (live.message.doubtful && live.message.changing === 0) {
      this.#options.background.track('status', this.#restate(live.message));
    }
    this.#options.rest(live, outcome);
    this.#options.state.settle(live.message);
  }

  #status({ id, tally }: LiveMessage, turn: StatusChange['turn']): StatusChange {
    const settledAt = tally.finished ? this.#options.clock.now() : 0;
    return { kind: 'message-status', id, status: tally.status, settledAt, dead: tally.dead, turn };
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

  #changes({ message }: LiveEntry, step: Step): readonly JournalChange[] {
    const { before, next, event, audited, facts = [] } = step;
    const changes: JournalChange[] = [{ kind: 'entry-state', entry: next }];
    if (before.state !== next.state) changes.push(this.#status(message, turnOf(step, message.tally.finished)));
    for (const fact of facts) changes.push({ kind: 'conversation-fact', fact });
    if (audited) changes.push({ kind: 'leaf', message: message.id, text: settlementLeaf(next, event) });
    return changes;
  }
}
