import { type AgentReference, agentKey } from '@charterbus/core-models';
import { Backlog, type Spill } from './backlog.js';
import type { BrokerCounts } from './broker.js';
import { type Entry, type EntryState, isFinal } from './entry.js';
import { LiveEntry, LiveMessage } from './live-entry.js';
import { Mailbox, type MailboxTenant } from './mailbox.js';

/** Entries of a mailbox that are brought back together, for whoever wants all of them. */
const broughtBack = 1000;

/** Everything unfinished, in memory: by message, by recipient. */
export class LiveState {
  readonly #messages = new Map<string, LiveMessage>();
  readonly #mailboxes = new Map<string, Mailbox<LiveEntry>>();
  readonly #tenants = new Map<string, MailboxTenant>();
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

  /** Who lets entries go that can be read back; absent where all stay. */
  spill: Spill<LiveEntry> | undefined;

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
    const backlog = this.spill && new Backlog(recipient, this.spill);
    const mailbox = new Mailbox<LiveEntry>(key, this.#agingMs, this.#tenant(recipient.tenant), backlog);
    this.#mailboxes.set(key, mailbox);
    mailbox.tenant.mailboxes += 1;
    return mailbox;
  }

  mailboxes(): Iterable<Mailbox<LiveEntry>> {
    return this.#mailboxes.values();
  }

  /** Forgets a mailbox that nothing uses; agents come and go. */
  release(mailbox: Mailbox<LiveEntry>): void {
    // Whoever waited may hold one that was forgotten meanwhile and has a successor.
    if (!mailbox.idle || this.#mailboxes.get(mailbox.key) !== mailbox) return;
    this.#mailboxes.delete(mailbox.key);
    mailbox.tenant.mailboxes -= 1;
    if (mailbox.tenant.mailboxes === 0) this.#tenants.delete(mailbox.tenant.name);
  }

  /** The mailbox of a recipient, where there is one. */
  known(recipient: AgentReference): Mailbox<LiveEntry> | undefined {
    return this.#mailboxes.get(agentKey(recipient));
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

  /** Entries of a recipient that are not in memory. */
  away(recipient: AgentReference): number {
    return this.#mailboxes.get(agentKey(recipient))?.away ?? 0;
  }

  /** What is unfinished of a recipient; of what is not in memory a part, which then is. @throws StoreError. */
  of(recipient: AgentReference): readonly LiveEntry[] {
    const mailbox = this.#mailboxes.get(agentKey(recipient));
    if (mailbox === undefined || mailbox.size === 0) return [];
    mailbox.bringBack(broughtBack);
    const found: LiveEntry[] = [];
    for (const { entries } of this.#messages.values()) {
      for (const live of entries) if (live.mailbox === mailbox && !live.final) found.push(live);
    }
    return found;
  }

  /** For whom something is unfinished. */
  *recipients(): Iterable<AgentReference> {
    for (const { key, size } of this.#mailboxes.values()) {
      const slash = key.indexOf('/');
      if (size > 0) yield { tenant: key.slice(0, slash), agent: key.slice(slash + 1) };
    }
  }

  /** What is leased is in memory. A copy: who looks through it may end leases. */
  leased(): readonly Entry[] {
    const found: Entry[] = [];
    for (const { entries } of this.#messages.values()) {
      for (const { entry } of entries) if (entry.state === 'leased') found.push(entry);
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

  /** Forgets an entry that waits and can be read back. It counts as before. */
  letGo({ message, mailbox }: LiveEntry): void {
    this.#messages.delete(message.id);
    mailbox.kept -= 1;
    message.letGo();
  }

  /** Takes an entry in again that was let go, or that an earlier process left. It has been counted. */
  bringBack(entry: Entry): LiveEntry {
    const message = new LiveMessage(entry.message);
    const live = new LiveEntry(message, this.mailbox(entry.recipient), entry);
    message.entries = [live];
    this.#messages.set(entry.message, message);
    live.mailbox.kept += 1;
    return live;
  }

  /** Counts an entry that waits and is not in memory. */
  addWaiting(mailbox: Mailbox<LiveEntry>, turn: number, number: number): void {
    this.#counts.queued += 1;
    mailbox.grow(1);
    mailbox.addAway(turn, number);
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
    // One that was let go and has come back is another one.
    if (this.#messages.get(message.id) === message) this.#messages.delete(message.id);
    for (const live of message.entries) {
      this.#counts[live.entry.state] -= 1;
      live.mailbox.kept -= 1;
      this.release(live.mailbox);
    }
    message.letGo();
  }

  #count(live: LiveEntry, state: EntryState, by: 1 | -1): void {
    this.#counts[state] += by;
    if (!isFinal(state)) live.mailbox.grow(by);
  }

  #tenant(name: string): MailboxTenant {
    const known = this.#tenants.get(name);
    if (known !== undefined) return known;
    const tenant = { name, size: 0, mailboxes: 0 };
    this.#tenants.set(name, tenant);
    return tenant;
  }
}
