import { type AgentReference, agentKey, MessageError } from '@charterbus/core-models';
import type { LeaseProof } from './broker.js';
import { type Entry, holderOf, parseDeliveryId } from './entry.js';
import type { Journal } from './journal.js';
import { leaseLost } from './lease-lost.js';
import type { LiveEntry } from './live-entry.js';
import type { LiveState } from './live-state.js';

const isSameAgent = (left: AgentReference, right: AgentReference): boolean =>
  left.agent === right.agent && left.tenant === right.tenant;

/** Whether a member of a queue group held it before another one did. */
export const wasGivenTo = ({ history }: Entry, holder: AgentReference): boolean =>
  history.some((event) => event.holder === agentKey(holder));

/** Finds deliveries by what a caller says of them: in memory, or among what has ended. */
export class Deliveries {
  readonly #journal: Journal;
  readonly #state: LiveState;

  constructor(journal: Journal, state: LiveState) {
    this.#journal = journal;
    this.#state = state;
  }

  /**
   * The entry that a proof is about; `live` where it is leased under it now.
   *
   * @throws MessageError `DELIVERY_NOT_FOUND` or `LEASE_LOST`.
   */
  leased(
    proof: LeaseProof,
    live = this.#state.find(proof.deliveryId),
  ): { readonly entry: Entry; readonly live: LiveEntry | undefined } {
    const entry = live?.entry ?? this.#stored(proof.deliveryId);
    if (entry === undefined || !isSameAgent(holderOf(entry), proof.recipient)) {
      if (entry !== undefined && wasGivenTo(entry, proof.recipient)) throw leaseLost('superseded');
      throw new MessageError('DELIVERY_NOT_FOUND', 'There is no such delivery.');
    }
    if (entry.token !== proof.fencingToken) throw leaseLost('superseded');
    return { entry, live: entry.state === 'leased' ? live : undefined };
  }

  /** Brings a finished message back into memory. */
  recall(id: string): LiveEntry | undefined {
    const key = parseDeliveryId(id);
    if (key === undefined || this.#state.message(key.message) !== undefined) return undefined;
    const entries = this.#journal.entries(key.message);
    const wanted = entries.find((entry) => entry.ordinal === key.ordinal);
    if (wanted?.state !== 'dead') return undefined;
    return this.#state.adopt(key.message, entries).find((live) => live.id === id);
  }

  #stored(id: string): Entry | undefined {
    const key = parseDeliveryId(id);
    return key && this.#journal.entries(key.message).find((entry) => entry.ordinal === key.ordinal);
  }
}
