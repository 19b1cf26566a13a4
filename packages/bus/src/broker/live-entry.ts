import type { MessageStatus } from '@charterbus/core-models';
import type { Deadline, Waiting } from './deadlines.js';
import { deliveryId, type Entry, isFinal, StatusTally, statusOf } from './entry.js';
import type { Mailbox, Queued } from './mailbox.js';

const nothing: readonly LiveEntry[] = Object.freeze([]);

const nobody = (): void => undefined;

/** Resolves when a change has ended, whatever became of it: whoever began it is told. */
export const ended = (change: Promise<unknown>): Promise<void> => change.then(nobody, nobody);

/** A message of which something is unfinished. Of one with a single entry, as most are, that one's state is its own. */
export class LiveMessage {
  readonly id: string;
  entries: readonly LiveEntry[] = [];
  /** Entries of it whose change is on its way to the disk. */
  changing = 0;
  /** One of several changes was refused, so that its stored status may be wrong. */
  doubtful = false;
  #tally: StatusTally | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get status(): MessageStatus {
    const only = this.#only;
    return only === undefined ? this.#tallied.status : statusOf(only);
  }

  get finished(): boolean {
    const only = this.#only;
    return only === undefined ? this.#tallied.finished : isFinal(only.state);
  }

  /** Whether an operator may still want to redrive something of it. */
  get dead(): boolean {
    const only = this.#only;
    return only === undefined ? this.#tallied.dead : only.state === 'dead';
  }

  /**
   * It is forgotten. A map keeps the tables that it has outgrown until the next full collection, and whatever they hold: so
   * what was taken from it must hold nothing itself, or every message would outlive its end.
   */
  letGo(): void {
    this.entries = nothing;
    this.#tally = undefined;
  }

  /** Called before an entry of it is replaced. */
  replacing(before: Entry, next: Entry): void {
    this.#tally?.remove(before);
    this.#tally?.add(next);
  }

  get #only(): Entry | undefined {
    return this.entries.length === 1 ? this.entries[0]?.entry : undefined;
  }

  get #tallied(): StatusTally {
    if (this.#tally === undefined) {
      this.#tally = new StatusTally();
      for (const { entry } of this.entries) this.#tally.add(entry);
    }
    return this.#tally;
  }
}

/** An entry in memory: what is true, together with what is on its way to the disk. */
export class LiveEntry implements Waiting, Queued {
  readonly message: LiveMessage;
  readonly mailbox: Mailbox<LiveEntry>;
  /** The newest state; while `pending` is set it is not yet committed. */
  entry: Entry;
  /** Settles when the change under way is committed or taken back; see `ended`. */
  pending: Promise<unknown> | undefined = undefined;
  /** Whether it stands in its mailbox' queue. */
  ready = false;
  lane: object | undefined = undefined;
  deadline: Deadline | undefined = undefined;
  passedBy: ReadonlySet<string> | undefined = undefined;
  /** It comes from a process that ended: nobody can tell whether that one ended over it. */
  recovered = false;
  /** Whether its newest change waits to be written in the next turn. */
  noted = false;

  constructor(message: LiveMessage, mailbox: Mailbox<LiveEntry>, entry: Entry) {
    this.message = message;
    this.mailbox = mailbox;
    this.entry = entry;
  }

  /** The delivery's. */
  get id(): string {
    return deliveryId(this.entry);
  }

  get final(): boolean {
    return isFinal(this.entry.state);
  }
}
