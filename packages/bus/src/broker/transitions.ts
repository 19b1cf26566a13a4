import { type Clock, rfc3339 } from '@charterbus/core-models';
import type { Background } from '../background.js';
import type { Eventual } from '../eventual.js';
import type { EntryChange } from './broker.js';
import { type Entry, type EntryPatch, type HistoryEvent, isFinal, patched } from './entry.js';
import type { ConversationFact, Journal, JournalChange } from './journal.js';
import { SettlementLeaf } from './leaf.js';
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

interface Step extends Pick<Transition, 'audited' | 'facts'> {
  readonly before: Entry;
  readonly next: Entry;
  readonly event: HistoryEvent;
  /** Whether nothing of the message was unfinished before: it is a redrive. */
  readonly wasFinished: boolean;
}

const none: readonly ConversationFact[] = Object.freeze([]);

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
  /** Entries whose change is not written yet, as it left them. */
  readonly #noted = new Map<LiveEntry, Entry>();
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
   * Makes a transition that matters to this process alone, such as a lease that ends with it: true at once, and still
   * true when the disk refuses it. It is written behind, unless something else has become of the entry by then: what ends
   * within the turn was never written before it ended.
   */
  note(live: LiveEntry, transition: Transition): void {
    const before = live.entry;
    const now = this.#options.clock.now();
    const event: HistoryEvent = { ...transition.event, at: rfc3339(now) };
    const next = patched(before, transition.patch, now, event);
    this.#options.state.replace(live, next);
    if (this.#noted.size === 0) setImmediate(this.writeNotes);
    this.#noted.set(live, next);
  }

  /** Writes what was noted and is still so. */
  readonly writeNotes = (): void => {
    const { background, journal } = this.#options;
    for (const [live, entry] of this.#noted) {
      if (live.entry !== entry || live.pending !== undefined) continue;
      const changes = [{ kind: 'entry-state', entry } as const, this.#status(live.message, 'none')];
      background.run('grant', () => journal.write(changes));
    }
    this.#noted.clear();
  };

  /** Replaces the entry in memory and hands the change to the journal. */
  #write(live: LiveEntry, transition: Transition): Eventual<unknown> {
    const { journal, state, clock } = this.#options;
    const before = live.entry;
    const wasFinished = live.message.tally.finished;
    const now = clock.now();
    const { audited, facts = none, patch } = transition;
    const event: HistoryEvent = { ...transition.event, at: rfc3339(now) };
    const next = patched(before, patch, now, event);
    state.replace(live, next);
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
  #restate(message: LiveMessage): Eventual<unknown> {
    message.doubtful = false;
    return this.#options.journal.write([this.#status(message, message.tally.finished ? 'finished' : 'none')]);
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

  #status({ id, tally, entries }: LiveMessage, turn: StatusChange['turn']): StatusChange {
    const settledAt = tally.finished ? this.#options.clock.now() : 0;
    return {
      kind: 'message-status',
      id,
      status: tally.status,
      settledAt,
      dead: tally.dead,
      entries: entries.length,
      turn,
    };
  }

  #changes(live: LiveEntry, step: Step): readonly JournalChange[] {
    const { message } = live;
    const { before, next, event, audited, facts = none } = step;
    const changed = { kind: 'entry-state', entry: next } as const;
    const leaf = { kind: 'leaf', message: message.id, leaf: new SettlementLeaf(next, event) } as const;
    // What was noted in this turn is written by this change, its state as well.
    const sameState = before.state === next.state && !this.#noted.has(live);
    if (sameState && facts.length === 0) return audited ? [changed, leaf] : [changed];
    const status = this.#status(message, turnOf(step, message.tally.finished));
    if (facts.length === 0) return audited ? [changed, status, leaf] : [changed, status];
    const known = facts.map((fact) => ({ kind: 'conversation-fact', fact }) as const);
    return audited ? [changed, status, ...known, leaf] : [changed, status, ...known];
  }
}
