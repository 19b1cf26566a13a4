import { type RandomSource, rfc3339, type Verdict } from '@charterbus/core-models';
import type { Lease, LeaseProof, Outcome } from '../broker/broker.js';
import { wasGivenTo } from '../broker/deliveries.js';
import type { DeliveryOptions } from '../broker/delivery-options.js';
import { deliveryId, type Entry, holderOf, patched } from '../broker/entry.js';
import type { ConversationFact } from '../broker/journal.js';
import { leaseLost, lostAfter } from '../broker/lease-lost.js';
import { outcomeTransition } from '../broker/outcomes.js';
import type { Transition } from '../broker/transitions.js';
import { conversationKey } from '../conversation/conversation-key.js';
import { type Entries, type Found, isOf, noDelivery, type Rests } from './entries.js';
import { contentBytesOf, type Held, type Leases, openEnvelope } from './leases.js';
import { envelopeOf } from './packing.js';
import type { Shards } from './shards.js';

export interface SettlementsOptions {
  readonly shards: Shards;
  readonly entries: Entries;
  readonly leases: Leases;
  readonly random: RandomSource;
  readonly delivery: DeliveryOptions;
}

/** What the holders of leases do with them. */
export class Settlements {
  readonly #options: SettlementsOptions;

  constructor(options: SettlementsOptions) {
    this.#options = options;
  }

  async settle(proof: LeaseProof, outcome: Outcome): Promise<Entry> {
    const { delivery, entries, leases, random } = this.#options;
    const found = await this.#found(proof);
    const now = (): number => Math.floor(found.shard.now());
    if (outcome.kind === 'ack') {
      const acknowledging = this.#acknowledge(found);
      // Whoever settles first in this process is first in Redis: nothing is waited for in between.
      const acknowledged = acknowledging && (await acknowledging);
      if (acknowledged !== undefined) return acknowledged;
    }
    const { entry } = await entries.change(found, (current) => {
      // An ack that is repeated because its answer was lost has reached what it wanted.
      const isRepeated = current.state === 'delivered' && current.token === proof.fencingToken;
      if (outcome.kind === 'ack' && isRepeated) return undefined;
      this.#check(current, proof);
      return outcomeTransition(current, outcome, { now, random, delivery });
    });
    leases.delete(proof.deliveryId);
    return entry;
  }

  async extend(proof: LeaseProof, leaseMs: number): Promise<Entry> {
    const extended = await this.#keep(proof, (now, found) => ({
      patch: { leaseUntil: Math.floor(found.shard.now()) + leaseMs },
      event: { kind: 'granted', attempt: now.attempt, reason: 'extended' },
      audited: false,
    }));
    return extended.entry;
  }

  async rebind(proof: LeaseProof, verdict: Verdict, facts: readonly ConversationFact[]): Promise<Lease> {
    const { leases } = this.#options;
    const known = leases.get(proof);
    const conversation = known && conversationKey(known.envelope.message);
    const { entry } = await this.#keep(
      proof,
      (now) => ({
        patch: { verdict, judgeAgain: false },
        event: { kind: 'judged-again', attempt: now.attempt },
        audited: true,
        facts,
      }),
      { verdict, conversation },
    );
    const held = leases.get(proof) ?? (await this.#withEnvelope(await this.#found(proof)));
    const { envelope, passedBy } = held;
    return { deliveryId: proof.deliveryId, entry, envelope, ...(passedBy && { passedBy }) };
  }

  /** As if the leases had never been given. */
  async giveBack(given: readonly Lease[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      given.map(({ deliveryId, entry }) =>
        this.settle({ deliveryId, recipient: holderOf(entry), fencingToken: entry.token }, { kind: 'return' }),
      ),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #acknowledge(found: Found): Promise<Entry | undefined> | undefined {
    const { delivery, entries, leases, random } = this.#options;
    const { entry } = found;
    if (entry.state !== 'leased') return undefined;
    const { patch, event } = outcomeTransition(entry, { kind: 'ack' }, { now: () => 0, random, delivery });
    const next = (doneAt: number): Entry => patched(entry, patch, doneAt, { ...event, at: rfc3339(doneAt) });
    return entries.acknowledge(found, next)?.then((done) => {
      if (done !== undefined) leases.delete(deliveryId(entry));
      return done?.entry;
    });
  }

  /** Changes a lease that goes on. */
  async #keep(
    proof: LeaseProof,
    transition: (now: Entry, found: Found) => Transition,
    rests: Rests = {},
  ): Promise<Found> {
    const { entries, leases } = this.#options;
    const found = await this.#found(proof);
    const changed = await entries.change(
      found,
      (now) => {
        this.#check(now, proof);
        return transition(now, found);
      },
      rests,
    );
    const known = leases.get(proof);
    if (known !== undefined) leases.set(proof.deliveryId, { ...known, ...changed });
    return { ...changed, shard: found.shard };
  }

  /** @throws MessageError `LEASE_LOST`. */
  #check(now: Entry, { fencingToken }: LeaseProof): void {
    if (now.token !== fencingToken) throw leaseLost('superseded');
    if (now.state !== 'leased') throw lostAfter(now);
  }

  /** @throws MessageError `DELIVERY_NOT_FOUND`. */
  async #found(proof: LeaseProof): Promise<Found> {
    const { entries, leases, shards } = this.#options;
    const known = leases.get(proof);
    const found = known ?? (await entries.read(proof.deliveryId, shards.of(proof.recipient.tenant)));
    if (found === undefined) throw noDelivery();
    if (isOf(found, proof)) return found;
    if (wasGivenTo(found.entry, proof.recipient)) throw leaseLost('superseded');
    throw noDelivery();
  }

  async #withEnvelope(found: Found): Promise<Held> {
    const { shard, entry, digest } = found;
    const content = await shard.read((client) => client.get(`${shard.base}:m:${entry.message}`));
    if (content === null) throw noDelivery();
    const text = envelopeOf(content);
    return { ...found, envelope: openEnvelope(text, digest, contentBytesOf(text), entry.message) };
  }
}
