import type { Waiting } from './deadlines.js';
import { deliveryId, type Entry, isFinal, StatusTally } from './entry.js';
import type { Mailbox, Queued } from './mailbox.js';

/** A message of which something is unfinished. */
export class LiveMessage {
  readonly id: string;
  readonly tally = new StatusTally();
  readonly entries: LiveEntry[] = [];
  /** Entries of it whose change is on its way to the disk. */
  changing = 0;
  /** One of several changes was refused, so that its stored status may be wrong. */
  doubtful = false;

  constructor(id: string) {
    this.id = id;
  }
}

/** An entry in memory: what is true, together with what is on its way to the disk. */
export class LiveEntry implements Waiting, Queued {
  /** The delivery's. */
  readonly id: string;
  readonly message: LiveMessage;
  readonly mailbox: Mailbox<LiveEntry>;
  /** The newest state; while `pending` is set it is not yet committed. */
  entry: Entry;
  /** Settles when the change under way is committed or taken back; never rejects. */
  pending: Promise<void> | undefined;
  /** Whether it stands in its mailbox' queue. */
  ready = false;
  lane: object | undefined;
  deadlineStamp = 0;
  passedBy: ReadonlySet<string> | undefined;
  /** It comes from a process that ended: nobody can tell whether that one ended over it. */
  recovered = false;

  constructor(message: LiveMessage, mailbox: Mailbox<LiveEntry>, entry: Entry) {
    this.id = deliveryId(entry);
    this.message = message;
    this.mailbox = mailbox;
    this.entry = entry;
  }

  get final(): boolean {
    return isFinal(this.entry.state);
  }
}
