import { type AgentReference, agentKey } from '@charterbus/core-models';
import type { BrokerCounts } from './broker.js';
import { type Entry, type EntryState, isFinal } from './entry.js';
import { LiveEntry, LiveMessage } from './live-entry.js';
import { Mailbox } from './mailbox.js';

/** Everything unfinished, in memory: by message, by recipient. */
export class LiveState {
  readonly #messages = new Map<string, LiveMessage>();
  readonly #mailboxes = new Map<string, Mailbox<LiveEntry>>();
  readonly #counts: Record<EntryState, number> = {
    held: 0,
    queued: 0,
    leased: 0,
    delivered: 0,
    dead: 0,
    refused: 0,
    dropped: 0,
  };

  readonly #agingMs: number;

  /** Entries of admissions on their way to a commit. */
  reserved = 0;

  constructor(agingMs: number) {
    this.#agingMs = agingMs;
  }

  get counts(): BrokerCounts {
    const { queued, leased, held } = this.#counts;
    return { queued, leased, held };
  }

  /** Entries that are queued, leased or held. */
  get unfinished(): number {
    const { queued, leased, held } = this.#counts;
    return queued + leased + held;
  }

  mailbox(recipient: AgentReference): Mailbox<LiveEntry> {
    const key = agentKey(recipient);
    const known = this.#mailboxes.get(key);
    if (known !== undefined) return known;
    const mailbox = new Mailbox<LiveEntry>(key, this.#agingMs);
    this.#mailboxes.set(key, mailbox);
    return mailbox;
  }

  mailboxes(): Iterable<Mailbox<LiveEntry>> {
    return this.#mailboxes.values();
  }

  /** Forgets a mailbox that nothing uses; agents come and go. */
  release(mailbox: Mailbox<LiveEntry>): void {
    // Whoever waited may hold one that was forgotten meanwhile and has a successor.
    if (mailbox.idle && this.#mailboxes.get(mailbox.key) === mailbox) this.#mailboxes.delete(mailbox.key);
  }

  /** By the delivery's id. */
  find(id: string): LiveEntry | undefined {
    const dot = id.indexOf('.');
    const entries = this.#messages.get(id.slice(0, dot))?.entries;
    if (entries === undefined) return undefined;
    const ordinal = id.slice(dot + 1);
    // In the order of their ordinals, unless some are missing.
    const live = entries[Number(ordinal)];
    if (live !== undefined && String(live.entry.ordinal) === ordinal) return live;
    return entries.find((one) => String(one.entry.ordinal) === ordinal);
  }

  message(id: string): LiveMessage | undefined {
    return this.#messages.get(id);
  }

  of(recipient: AgentReference): readonly LiveEntry[] {
    const mailbox = this.#mailboxes.get(agentKey(recipient));
    if (mailbox === undefined || mailbox.size === 0) return [];
    const found: LiveEntry[] = [];
    for (const { entries } of this.#messages.values()) {
      for (const live of entries) if (live.mailbox === mailbox && !live.final) found.push(live);
    }
    return found;
  }

  /**
   * Takes in the entries of one message, finished ones too: they count for its status.
   *
   * @param mailboxes of the entries, where they are at hand.
   */
  adopt(id: string, entries: readonly Entry[], mailboxes: readonly Mailbox<LiveEntry>[] = []): readonly LiveEntry[] {
    const message = new LiveMessage(id);
    this.#messages.set(id, message);
    const [only] = entries;
    message.entries =
      only !== undefined && entries.length === 1
        ? [this.#adopt(message, only, mailboxes[0])]
        : entries.map((entry, place) => this.#adopt(message, entry, mailboxes[place]));
    return message.entries;
  }

  #adopt(message: LiveMessage, entry: Entry, mailbox = this.mailbox(entry.recipient)): LiveEntry {
    const live = new LiveEntry(message, mailbox, entry);
    mailbox.kept += 1;
    this.#count(live, entry.state, 1);
    return live;
  }

  /** Replaces the state of an entry; in memory only. */
  replace(live: LiveEntry, next: Entry): void {
    const before = live.entry;
    live.message.replacing(before, next);
    live.entry = next;
    if (before.state === next.state) return;
    this.#count(live, before.state, -1);
    this.#count(live, next.state, 1);
  }

  /** Forgets a message of which nothing is unfinished. */
  settle(message: LiveMessage): void {
    if (!message.finished || message.changing > 0) return;
    this.#messages.delete(message.id);
    for (const live of message.entries) {
      this.#counts[live.entry.state] -= 1;
      live.mailbox.kept -= 1;
      this.release(live.mailbox);
    }
    message.letGo();
  }

  #count(live: LiveEntry, state: EntryState, by: 1 | -1): void {
    this.#counts[state] += by;
    if (!isFinal(state)) live.mailbox.size += by;
  }
}
