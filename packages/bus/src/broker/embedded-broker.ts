import {
  type AgentReference,
  agentKey,
  type Clock,
  MessageError,
  type RandomSource,
  type Timers,
  type Verdict,
} from '@charterbus/core-models';
import { Background, type BackgroundErrorListener } from '../background.js';
import { appendAdmission } from './append.js';
import type {
  Admission,
  Appended,
  Broker,
  BrokerCounts,
  BrokerReader,
  ClaimRequest,
  EntryChange,
  HoldDecision,
  Interceptor,
  Lease,
  LeaseProof,
  Outcome,
} from './broker.js';
import { Deadlines } from './deadlines.js';
import { type DeliveryOptions, defaultDeliveryOptions } from './delivery-options.js';
import { deliveryId, type Entry, parseDeliveryId } from './entry.js';
import { decisionTransition, endOfHold } from './holds.js';
import type { Journal } from './journal.js';
import { LeaseBook } from './leases.js';
import type { LiveEntry } from './live-entry.js';
import { LiveState } from './live-state.js';
import { outcomeTransition } from './outcomes.js';
import { Transitions } from './transitions.js';

export interface EmbeddedBrokerOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly delivery?: Partial<DeliveryOptions>;
  /** Told of what failed where no caller waits for it. */
  readonly onBackgroundError: BackgroundErrorListener;
}

/** How many finished messages one sweep drops before it lets others write. */
const pruneBatch = 1000;
/** What is intercepted settles within the same turn or so. */
const interceptedLeaseMs = 30_000;
/** Bytes over the bound, as a factor, at which a sweep does not wait for its time. */
const sweepAhead = 1.1;

/**
 * A broker of one process: dispatches from memory after the commit; its journal is for recovery and for looking back.
 */
export class EmbeddedBroker implements Broker {
  readonly capabilities;
  readonly reader: BrokerReader;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #random: RandomSource;
  readonly #options: DeliveryOptions;
  readonly #state = new LiveState();
  readonly #transitions: Transitions;
  readonly #deadlines: Deadlines<LiveEntry>;
  readonly #leases: LeaseBook;
  readonly #background: Background;
  #position = 0;
  #interceptor: Interceptor | undefined;
  #sweep: Disposable | undefined;
  #sweeping = false;
  #open = false;

  constructor(options: EmbeddedBrokerOptions) {
    const { journal, clock, timers } = options;
    this.capabilities = Object.freeze({ durability: journal.durability });
    this.#journal = journal;
    this.#clock = clock;
    this.#timers = timers;
    this.#random = options.random;
    this.#options = Object.freeze({ ...defaultDeliveryOptions, ...options.delivery });
    this.#background = new Background(options.onBackgroundError);
    this.#transitions = new Transitions(clock, journal, this.#state, (live) => this.#rest(live));
    this.#deadlines = new Deadlines(clock, timers, (live) => this.#background.run('deadline', () => this.#wake(live)));
    this.#leases = new LeaseBook({ journal, clock, transitions: this.#transitions, background: this.#background });
    this.reader = journalReader(journal, clock);
  }

  get counts(): BrokerCounts {
    return this.#state.counts;
  }

  async start(): Promise<void> {
    const lapsed: Promise<void>[] = [];
    const byMessage = Map.groupBy(this.#journal.unfinished(), (entry) => entry.message);
    for (const [message, entries] of byMessage) {
      for (const live of this.#state.adopt(message, entries)) {
        this.#position = Math.max(this.#position, live.entry.position);
        // Its holder ended with the process that wrote it.
        if (live.entry.state === 'leased' && live.entry.processBound) lapsed.push(this.#wake(live));
        else this.#enter(live);
      }
    }
    await Promise.all(lapsed);
    this.#open = true;
    for (const mailbox of this.#state.mailboxes()) mailbox.serve();
    this.#scheduleSweep();
  }

  append(admission: Admission): Promise<Appended> {
    return appendAdmission(admission, {
      journal: this.#journal,
      state: this.#state,
      options: this.#options,
      nextPosition: () => ++this.#position,
      enter: (live) => this.#enter(live),
    });
  }

  async claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    const mailbox = this.#state.mailbox(request.recipient);
    const take = () => this.#take(mailbox, request);
    const immediate = take();
    const granted =
      immediate.length > 0 || request.waitMs <= 0 || !this.#open
        ? immediate
        : await mailbox.wait(take, request.waitMs, this.#timers, signal);
    this.#state.release(mailbox);
    return request.durable ? this.#leases.confirm(granted) : granted.map(({ lease }) => lease);
  }

  async settle(proof: LeaseProof, outcome: Outcome): Promise<Entry> {
    const held = await this.#leased(proof);
    // An ack that is repeated because its answer was lost has reached what it wanted.
    if (held.live === undefined && outcome.kind === 'ack' && held.entry.state === 'delivered') return held.entry;
    const live = held.live ?? this.#lost(held.entry);
    const transition = outcomeTransition(live.entry, outcome, this.#clock.now(), this.#options, this.#random);
    return this.#transitions.begin(live, transition);
  }

  async extend(proof: LeaseProof, leaseMs: number, durable: boolean): Promise<Entry> {
    const held = await this.#leased(proof);
    const live = held.live ?? this.#lost(held.entry);
    const { entry, committed } = this.#leases.extend(live, leaseMs);
    if (durable) await committed;
    else this.#background.track('extend', committed);
    return entry;
  }

  async rebind(proof: LeaseProof, verdict: Verdict): Promise<Lease> {
    const held = await this.#leased(proof);
    const live = held.live ?? this.#lost(held.entry);
    await this.#transitions.begin(live, {
      patch: { verdict, judgeAgain: false },
      event: { kind: 'judged-again', attempt: live.entry.attempt },
      audited: true,
    });
    return this.#leases.describe(live.entry);
  }

  held(message: string): readonly Entry[] {
    return (this.#state.message(message)?.entries ?? [])
      .map(({ entry }) => entry)
      .filter((entry) => entry.state === 'held');
  }

  async decide(id: string, decision: HoldDecision): Promise<Entry> {
    const live = this.#state.find(id);
    await live?.pending;
    if (live === undefined || live.entry.state !== 'held') {
      throw new MessageError('MESSAGE_NOT_HELD', 'The message does not wait for a decision, or no longer.');
    }
    return this.#transitions.begin(live, decisionTransition(decision, ++this.#position));
  }

  async redrive(id: string, reason: string): Promise<Entry> {
    const live = this.#state.find(id) ?? this.#recall(id);
    await live?.pending;
    if (live === undefined || live.entry.state !== 'dead') {
      throw new MessageError('DEAD_LETTER_NOT_FOUND', 'There is no such dead letter.');
    }
    const { entry } = live;
    if (entry.expiresAt !== 0 && entry.expiresAt <= this.#clock.now()) {
      throw new MessageError('MESSAGE_EXPIRED', 'The message has expired and cannot be delivered any more.');
    }
    const patch = {
      state: 'queued',
      attempt: 0,
      notBefore: 0,
      judgeAgain: true,
      approvals: [],
      position: ++this.#position,
    } as const;
    return this.#transitions.begin(live, { patch, event: { kind: 'redriven', reason }, audited: true });
  }

  async abandon(recipient: AgentReference, reason: string): Promise<number> {
    const abandoned = this.#state.of(recipient);
    await Promise.all(
      abandoned.map(async (live) => {
        await live.pending;
        if (live.final) return;
        const state = live.entry.state === 'held' ? 'refused' : 'dead';
        const kind = state === 'dead' ? 'dead-lettered' : 'refused';
        await this.#transitions.begin(live, { patch: { state, reason }, event: { kind, reason }, audited: true });
      }),
    );
    return abandoned.length;
  }

  *recipients(): Iterable<AgentReference> {
    for (const { key, size } of this.#state.mailboxes()) {
      const slash = key.indexOf('/');
      if (size > 0) yield { tenant: key.slice(0, slash), agent: key.slice(slash + 1) };
    }
  }

  watch(listener: (change: EntryChange) => void): Disposable {
    return this.#transitions.watch(listener);
  }

  intercept(interceptor: Interceptor): void {
    this.#interceptor = interceptor;
  }

  pause(): void {
    this.#open = false;
    for (const mailbox of this.#state.mailboxes()) mailbox.dismiss();
  }

  async close(): Promise<void> {
    this.pause();
    this.#sweep?.[Symbol.dispose]();
    this.#deadlines[Symbol.dispose]();
    await this.#background.idle();
  }

  /** Puts an entry where its state says it belongs: into its queue, and to sleep until its next moment. */
  #enter(live: LiveEntry): void {
    const { state, notBefore, leaseUntil, holdUntil, expiresAt } = live.entry;
    const now = this.#clock.now();
    const expiry = expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt;
    let next = Number.POSITIVE_INFINITY;
    if (state === 'held') next = Math.min(holdUntil, expiry);
    else if (state === 'leased') next = leaseUntil;
    else if (state === 'queued') {
      next = notBefore > now ? Math.min(notBefore, expiry) : expiry;
      if (notBefore <= now) this.#offer(live);
    }
    // Pushing may have leased the entry to a waiting claim, which has set its own deadline.
    if (live.entry.state !== state) return;
    if (Number.isFinite(next)) this.#deadlines.set(live, next - now);
    else this.#deadlines.clear(live);
  }

  #offer(live: LiveEntry): void {
    const interceptor = this.#interceptor;
    if (!this.#open || interceptor === undefined || live.pending !== undefined || !interceptor.wants(live.entry)) {
      live.mailbox.push(live);
      return;
    }
    const { lease } = this.#leases.grant(live, { leaseMs: interceptedLeaseMs, durable: false });
    this.#enter(live);
    interceptor.take(lease);
  }

  #take(mailbox: LiveEntry['mailbox'], request: ClaimRequest) {
    const granted = [];
    while (this.#open && granted.length < request.max) {
      const live = mailbox.pop();
      if (live === undefined) break;
      if (live.entry.expiresAt !== 0 && live.entry.expiresAt <= this.#clock.now()) {
        this.#background.run('expiry', () => this.#wake(live));
        continue;
      }
      granted.push(this.#leases.grant(live, request));
      this.#enter(live);
    }
    return granted;
  }

  /** What falls due: a lease, a hold, a message's own expiry, or the end of a backoff. */
  async #wake(live: LiveEntry): Promise<void> {
    await live.pending;
    const { entry } = live;
    const now = this.#clock.now();
    if (entry.state === 'leased') {
      const transition = outcomeTransition(entry, { kind: 'lapsed' }, now, this.#options, this.#random);
      await this.#transitions.begin(live, transition);
    } else if (entry.state === 'held') {
      await this.#transitions.begin(live, endOfHold(entry));
    } else if (entry.state === 'queued' && entry.expiresAt !== 0 && entry.expiresAt <= now) {
      const reason = 'MESSAGE_EXPIRED';
      await this.#transitions.begin(live, {
        patch: { state: 'dead', reason },
        event: { kind: 'dead-lettered', reason },
        audited: true,
      });
    } else if (entry.state === 'queued') {
      this.#enter(live);
    }
  }

  /** After a commit, or after a refused one, when the entry is what it was before. */
  #rest(live: LiveEntry): void {
    this.#enter(live);
    if (this.#journal.finishedBytes > this.#options.retention.finishedBytes * sweepAhead) this.#sweepNow();
  }

  /** The entry that a proof is about, and whether it is leased under it now. */
  async #leased(proof: LeaseProof): Promise<{ readonly entry: Entry; readonly live: LiveEntry | undefined }> {
    const live = this.#state.find(proof.deliveryId);
    await live?.pending;
    const entry = live?.entry ?? this.#stored(proof.deliveryId);
    if (entry === undefined || agentKey(entry.recipient) !== agentKey(proof.recipient)) {
      throw new MessageError('DELIVERY_NOT_FOUND', 'There is no such delivery.');
    }
    if (entry.token !== proof.fencingToken) throw leaseLost('superseded');
    return { entry, live: entry.state === 'leased' ? live : undefined };
  }

  #lost(entry: Entry): never {
    throw leaseLost(entry.history.at(-1)?.kind === 'lease-expired' ? 'expired' : 'settled');
  }

  #stored(id: string): Entry | undefined {
    const key = parseDeliveryId(id);
    return key && this.#journal.entries(key.message).find((entry) => entry.ordinal === key.ordinal);
  }

  /** Brings a finished message back into memory. */
  #recall(id: string): LiveEntry | undefined {
    const key = parseDeliveryId(id);
    if (key === undefined || this.#state.message(key.message) !== undefined) return undefined;
    const entries = this.#journal.entries(key.message);
    const wanted = entries.find((entry) => entry.ordinal === key.ordinal);
    if (wanted?.state !== 'dead') return undefined;
    return this.#state.adopt(key.message, entries).find((live) => deliveryId(live.entry) === id);
  }

  #scheduleSweep(): void {
    this.#sweep = this.#timers.after(this.#options.retention.everyMs, () => {
      this.#sweepNow();
      this.#scheduleSweep();
    });
  }

  #sweepNow(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.#background.run('retention', async () => {
      try {
        const { finishedMs, deadLetterMs, finishedBytes } = this.#options.retention;
        const now = this.#clock.now();
        const pruning = {
          finishedBefore: now - finishedMs,
          deadBefore: now - deadLetterMs,
          finishedBytes,
          limit: pruneBatch,
        };
        let dropped = pruneBatch;
        while (dropped >= pruneBatch) dropped = await this.#journal.prune(pruning, now);
      } finally {
        this.#sweeping = false;
      }
    });
  }
}

const leaseLost = (why: 'superseded' | 'expired' | 'settled'): MessageError =>
  new MessageError('LEASE_LOST', `The lease of this delivery is lost: ${why}.`, { details: { why } });

const journalReader = (journal: Journal, clock: Clock): BrokerReader => ({
  message: (id) => journal.message(id),
  envelope: (id) => journal.envelope(id),
  entries: (message) => journal.entries(message),
  leaves: (message) => journal.leaves(message),
  leaf: (index) => journal.leaf(index),
  get leafCount() {
    return journal.leafCount;
  },
  list: (filter) => journal.list(filter),
  deadLetters: (filter) => journal.deadLetters(filter),
  duplicate: (tenant, from, key) => journal.duplicate(tenant, from, key, clock.now()),
});
