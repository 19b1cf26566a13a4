import {
  type AgentReference,
  agentKey,
  type Clock,
  type Envelope,
  StoreError,
  toCharterbusError,
} from '@charterbus/core-models';
import type { Eventual } from '../eventual.js';
import type { Lease } from './broker.js';
import { deliveryId, type Entry } from './entry.js';
import type { Journal } from './journal.js';
import type { LiveEntry } from './live-entry.js';
import type { Transition, Transitions } from './transitions.js';

/** A lease together with its way to the disk. */
export interface Granted {
  readonly lease: Lease;
  readonly committed: Eventual<Entry>;
}

/** How an entry is leased. */
export interface Grant {
  readonly leaseMs: number;
  readonly durable: boolean;
  /** Who gets it, where that is not the recipient itself: of a queue group's. */
  readonly holder?: AgentReference | undefined;
}

export interface LeaseBookOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly transitions: Transitions;
}

/** Tokens of one epoch: more leases than a process gives in its life. */
const tokensPerEpoch = 2 ** 32;

/** Gives leases. Fencing tokens grow from lease to lease and, by the journal's epoch, from process to process. */
export class LeaseBook {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #transitions: Transitions;
  #token = 0;

  constructor({ journal, clock, transitions }: LeaseBookOptions) {
    this.#journal = journal;
    this.#clock = clock;
    this.#transitions = transitions;
  }

  /**
   * Leases an entry: in memory at once. Who does not wait for `committed` may leave it to the background.
   *
   * @throws StoreError before anything is changed, where the message cannot be read.
   */
  grant(live: LiveEntry, options: Grant): Granted {
    // First of all: what cannot be read must not be leased.
    const envelope = this.envelope(live.entry);
    const attempt = live.entry.attempt + 1;
    const token = this.#journal.epoch * tokensPerEpoch + ++this.#token;
    const { holder } = options;
    const granted: Transition = {
      patch: {
        state: 'leased',
        attempt,
        token,
        leaseUntil: this.#clock.now() + options.leaseMs,
        processBound: !options.durable,
        holder,
      },
      event:
        holder === undefined ? { kind: 'granted', attempt } : { kind: 'granted', attempt, holder: agentKey(holder) },
      audited: false,
    };
    // What a process may have ended over is written before it is given: else it could end one after the other, uncounted.
    if (options.durable || live.recovered) {
      const committed = this.#transitions.begin(live, granted);
      return { lease: leaseOf(live, envelope), committed };
    }
    this.#transitions.note(live, granted);
    return { lease: leaseOf(live, envelope), committed: live.entry };
  }

  extend(live: LiveEntry, leaseMs: number): { readonly entry: Entry; readonly committed: Eventual<Entry> } {
    const committed = this.#transitions.begin(live, {
      patch: { leaseUntil: this.#clock.now() + leaseMs },
      event: { kind: 'granted', attempt: live.entry.attempt, reason: 'extended' },
      audited: false,
    });
    return { entry: live.entry, committed };
  }

  describe(entry: Entry): Lease {
    return { deliveryId: deliveryId(entry), entry, envelope: this.envelope(entry) };
  }

  /** Waits until the leases are committed; one that could not be is not given. */
  async confirm(granted: readonly Granted[]): Promise<readonly Lease[]> {
    const leases: Lease[] = [];
    let failure: Error | undefined;
    for (const { lease, committed } of granted) {
      try {
        await committed;
        leases.push(lease);
      } catch (error) {
        failure = toCharterbusError(error);
      }
    }
    // With nothing to give, whoever claims learns why; otherwise the rest stays in the queue.
    if (failure !== undefined && leases.length === 0) throw failure;
    return leases;
  }

  /** @throws StoreError where the message cannot be read. */
  envelope(entry: Entry): Envelope {
    const envelope = this.#journal.envelope(entry.message);
    if (envelope === undefined) throw new StoreError('STORE_CORRUPT', 'A queued message has no stored envelope.');
    return envelope;
  }
}

/** The lease for whoever cannot wait where it is taken. */
export const withWritten = ({ lease, committed }: Granted): Lease =>
  committed instanceof Promise ? { ...lease, written: committed } : lease;

const leaseOf = ({ id, entry, passedBy }: LiveEntry, envelope: Envelope): Lease =>
  passedBy === undefined ? { deliveryId: id, entry, envelope } : { deliveryId: id, entry, envelope, passedBy };
