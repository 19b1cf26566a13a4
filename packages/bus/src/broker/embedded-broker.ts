import { type AgentReference, agentKey, type Clock, MessageError, type Verdict } from '@charterbus/core-models';
import { Background } from '@charterbus/recovery';
import { type Eventual, orRejected, whenKnown } from '../eventual.js';
import { type AppendContext, appendAdmission } from './append.js';
import type {
  Admission,
  Appended,
  Broker,
  BrokerCapabilities,
  BrokerCounts,
  BrokerReader,
  ClaimRequest,
  Consumer,
  Consumption,
  EntryChange,
  HoldDecision,
  Interceptor,
  Lease,
  LeaseProof,
  Outcome,
} from './broker.js';
import { Claims } from './claims.js';
import { abandonedTransition, dropped, isPast, redriven } from './dead-letters.js';
import { Deliveries } from './deliveries.js';
import { defaultDeliveryOptions } from './delivery-options.js';
import type { EmbeddedBrokerOptions } from './embedded-broker-options.js';
import { type Entry, holderOf } from './entry.js';
import { decisionTransition } from './holds.js';
import type { ConversationFact, Journal } from './journal.js';
import { journalReader } from './journal-reader.js';
import { lostAfter } from './lease-lost.js';
import { LeaseBook } from './leases.js';
import { ended, type LiveEntry } from './live-entry.js';
import { type LiveSpill, spillOf } from './live-spill.js';
import { LiveState } from './live-state.js';
import { type OutcomeContext, outcomeTransition } from './outcomes.js';
import { type Pauses, pausesNothing } from './pauses.js';
import { Retention } from './retention.js';
import { restMs, Scheduler } from './scheduler.js';
import { type Transition, Transitions } from './transitions.js';
import { isPutOff, longestWait, positionAfter } from './turn.js';

/**
 * A broker of one process: dispatches from memory after the commit; its journal is for recovery and for looking back.
 */
export class EmbeddedBroker implements Broker {
  readonly capabilities: BrokerCapabilities;
  readonly reader: BrokerReader;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #state: LiveState;
  readonly #spill: LiveSpill | undefined;
  readonly #background: Background;
  readonly #transitions: Transitions;
  readonly #leases: LeaseBook;
  readonly #deliveries: Deliveries;
  readonly #scheduler: Scheduler;
  readonly #claims: Claims;
  readonly #retention: Retention;
  readonly #appending: AppendContext;
  readonly #outcomes: OutcomeContext;
  #position = 0;

  constructor(options: EmbeddedBrokerOptions) {
    const { journal, clock, timers, random } = options;
    const delivery = Object.freeze({ ...defaultDeliveryOptions, ...options.delivery });
    const background = new Background(options.onBackgroundError, options.timers);
    this.#state = new LiveState(delivery.agingMs);
    this.#spill = spillOf(journal, { state: this.#state, timers, background, delivery });
    const rest = (live: LiveEntry, outcome: 'committed' | 'refused'): void => this.#rest(live, outcome);
    const transitions = new Transitions({ clock, journal, state: this.#state, background, rest });
    const leases = new LeaseBook({ journal, clock, transitions });
    this.capabilities = Object.freeze({ durability: journal.durability });
    this.reader = journalReader(journal, clock);
    this.#journal = journal;
    this.#clock = clock;
    this.#background = background;
    this.#transitions = transitions;
    this.#leases = leases;
    this.#deliveries = new Deliveries(journal, this.#state);
    this.#scheduler = new Scheduler({ clock, timers, random, delivery, background, transitions, leases });
    this.#claims = new Claims({ state: this.#state, scheduler: this.#scheduler, leases, timers });
    this.#retention = new Retention({ journal, clock, background, retention: delivery.retention });
    this.#outcomes = { now: () => clock.now(), random, delivery };
    this.#appending = {
      journal,
      state: this.#state,
      options: delivery,
      nextPosition: (now) => this.#nextPosition(now),
      enter: (live) => this.#scheduler.enter(live),
    };
  }

  get counts(): BrokerCounts {
    return this.#state.counts;
  }

  async start(): Promise<void> {
    const lapsed: LiveEntry[] = [];
    const unfinished = this.#journal.recall?.others() ?? this.#journal.unfinished();
    for (const [message, entries] of Map.groupBy(unfinished, (entry) => entry.message)) {
      for (const live of this.#state.adopt(message, entries)) {
        live.recovered = true;
        if (!isPutOff(live.entry)) this.#position = Math.max(this.#position, live.entry.position);
        // Its holder ended with the process that wrote it.
        if (live.entry.state === 'leased' && live.entry.processBound) lapsed.push(live);
        else this.#scheduler.enter(live, { mostDelayMs: longestWait(live.entry) });
      }
      await this.#transitions.settleLate(message);
    }
    this.#position = Math.max(this.#position, this.#spill?.recover() ?? 0);
    await Promise.all(lapsed.map((live) => this.#scheduler.wake(live)));
    this.#scheduler.start(this.#state.mailboxes());
    this.#retention.start();
  }

  append(admission: Admission): Eventual<Appended> {
    return orRejected(() => whenKnown(appendAdmission(admission, this.#appending), this.#appended));
  }

  claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    return this.#claims.claim(request, signal);
  }

  consume(consumer: Consumer): Consumption {
    return this.#claims.consume(consumer);
  }

  settle(proof: LeaseProof, outcome: Outcome): Eventual<Entry> {
    const live = this.#state.find(proof.deliveryId);
    if (live?.pending !== undefined) return this.#onceAtRest(proof.deliveryId, () => this.#settle(proof, outcome));
    try {
      return this.#settle(proof, outcome, live);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** @param leased the entry that the proof names, where that is at hand. */
  #settle(proof: LeaseProof, outcome: Outcome, leased?: LiveEntry): Eventual<Entry> {
    const { entry, live } = this.#deliveries.leased(proof, leased);
    // An ack that is repeated because its answer was lost has reached what it wanted.
    if (live === undefined && outcome.kind === 'ack' && entry.state === 'delivered') return entry;
    if (live === undefined) throw lostAfter(entry);
    if (outcome.kind === 'pass') live.passedBy = new Set([...(live.passedBy ?? []), agentKey(holderOf(entry))]);
    return this.#transitions.begin(live, outcomeTransition(entry, outcome, this.#outcomes));
  }

  async extend(proof: LeaseProof, leaseMs: number, durable: boolean): Promise<Entry> {
    return this.#atRest(proof.deliveryId, () => {
      const { entry: before, live } = this.#deliveries.leased(proof);
      if (live === undefined) throw lostAfter(before);
      const { entry, committed } = this.#leases.extend(live, leaseMs);
      if (!durable) this.#background.track('extend', committed);
      return durable ? committed : entry;
    });
  }

  async rebind(proof: LeaseProof, verdict: Verdict, facts: readonly ConversationFact[] = []): Promise<Lease> {
    const rebound = await this.#atRest(proof.deliveryId, () => {
      const { entry, live } = this.#deliveries.leased(proof);
      if (live === undefined) throw lostAfter(entry);
      const event = { kind: 'judged-again', attempt: entry.attempt } as const;
      return this.#transitions.begin(live, { patch: { verdict, judgeAgain: false }, event, audited: true, facts });
    });
    return this.#leases.describe(rebound);
  }

  held(message: string): readonly Entry[] {
    const entries = this.#state.message(message)?.entries ?? [];
    return entries.map(({ entry }) => entry).filter((entry) => entry.state === 'held');
  }

  async decide(id: string, decision: HoldDecision): Promise<Entry> {
    return this.#atRest(id, () => {
      const live = this.#state.find(id);
      if (live === undefined || live.entry.state !== 'held') {
        throw new MessageError('MESSAGE_NOT_HELD', 'The message does not wait for a decision, or no longer.');
      }
      return this.#transitions.begin(live, decisionTransition(live.entry, decision, this.#nextPosition()));
    });
  }

  redrive(id: string, reason: string): Promise<Entry> {
    return this.#withDeadLetter(id, (live) => {
      if (isPast(live.entry, this.#clock.now())) {
        this.#state.settle(live.message);
        throw new MessageError('MESSAGE_EXPIRED', 'The message has expired and cannot be delivered any more.');
      }
      live.passedBy = undefined;
      return redriven(live.entry, this.#nextPosition(), reason);
    });
  }

  drop(id: string, reason: string): Promise<Entry> {
    return this.#withDeadLetter(id, () => dropped(reason));
  }

  async abandon(recipient: AgentReference, reason: string): Promise<number> {
    let count = 0;
    do {
      const abandoned = this.#state.of(recipient);
      await Promise.all(abandoned.map((live) => this.#abandon(live, reason)));
      count += abandoned.length;
      // What was not in memory comes back for it, some at a time.
    } while (this.#state.away(recipient) > 0);
    return count;
  }

  recipients(): Iterable<AgentReference> {
    return this.#state.recipients();
  }

  reoffer(mailbox: AgentReference): void {
    this.#state.known(mailbox)?.reoffer();
  }

  withhold(pauses: Pauses): void {
    this.#scheduler.withhold(pausesNothing(pauses) ? undefined : pauses, this.#state.mailboxes());
  }

  leased(): Iterable<Entry> {
    return this.#state.leased();
  }

  backlog(mailbox: AgentReference): number {
    return this.#state.known(mailbox)?.size ?? 0;
  }

  watch(listener: (change: EntryChange) => void): Disposable {
    return this.#transitions.watch(listener);
  }

  intercept(interceptor: Interceptor): void {
    this.#scheduler.intercept(interceptor);
  }

  pause(): void {
    this.#scheduler.pause(this.#state.mailboxes());
  }

  async close(): Promise<void> {
    this.pause();
    this.#retention[Symbol.dispose]();
    this.#scheduler.close();
    this.#transitions.writeNotes();
    await this.#background.idle();
  }

  readonly #appended = (appended: Appended): Appended => {
    this.#retention.check();
    return appended;
  };

  #nextPosition(now = this.#clock.now()): number {
    this.#position = positionAfter(this.#position, now);
    return this.#position;
  }

  /** @throws MessageError `DEAD_LETTER_NOT_FOUND`; what `change` throws. */
  async #withDeadLetter(id: string, change: (live: LiveEntry) => Transition): Promise<Entry> {
    // What a sweep has chosen is as good as gone; what is in memory it does not choose.
    while (this.#retention.pruning !== undefined) await this.#retention.pruning;
    return this.#atRest(id, () => {
      const live = this.#state.find(id) ?? this.#deliveries.recall(id);
      if (live === undefined || live.entry.state !== 'dead') {
        throw new MessageError('DEAD_LETTER_NOT_FOUND', 'There is no such dead letter.');
      }
      return this.#transitions.begin(live, change(live));
    });
  }

  /** After a commit, or after a refused one, when the entry is what it was before. */
  #rest(live: LiveEntry, outcome: 'committed' | 'refused'): void {
    this.#scheduler.enter(live, outcome === 'refused' ? { leastDelayMs: restMs } : {});
    this.#retention.check();
  }

  async #abandon(live: LiveEntry, reason: string): Promise<void> {
    await this.#atRest(live.id, () => {
      if (live.final) return live.entry;
      return this.#transitions.begin(live, abandonedTransition(live.entry, reason));
    });
  }

  /**
   * Acts on a delivery when no change of it is under way. What `act` looks at and what it begins happen in one turn:
   * between them nobody else can begin.
   */
  #atRest(id: string, act: () => Eventual<Entry>): Eventual<Entry> {
    return this.#state.find(id)?.pending === undefined ? orRejected(act) : this.#onceAtRest(id, act);
  }

  async #onceAtRest(id: string, act: () => Eventual<Entry>): Promise<Entry> {
    for (let live = this.#state.find(id); live?.pending !== undefined; live = this.#state.find(id))
      await ended(live.pending);
    return act();
  }
}
