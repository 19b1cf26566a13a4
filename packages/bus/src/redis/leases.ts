import { type Clock, decodeEnvelope, type Envelope, StoreError } from '@charterbus/core-models';
import type { Background } from '@charterbus/recovery';
import type { Lease, LeaseProof } from '../broker/broker.js';
import { isPast } from '../broker/dead-letters.js';
import { damageCode, deliveryId } from '../broker/entry.js';
import { damagedTransition, expiredTransition } from '../broker/outcomes.js';
import { type Eventual, whenKnown } from '../eventual.js';
import type { Entries, Found } from './entries.js';
import { damaged, digestOf, envelopeOf, type StoredEntry, unpackEntry } from './packing.js';
import type { Shard } from './shard.js';

/** What this process has leased, as it stands. */
export interface Held extends Found {
  readonly envelope: Envelope;
}

export interface LeasesOptions {
  readonly clock: Clock;
  readonly entries: Entries;
  readonly background: Background;
}

/** What a lease answers for one entry. */
const fieldsOfLease = 3;

/** Leases that are remembered; those of consumers elsewhere may be settled elsewhere, and are looked up again here. */
const mostHeld = 100_000;

export const openEnvelope = (text: string, digest: string, contentBytes: number, message: string): Envelope => {
  try {
    return decodeEnvelope(text, digest, contentBytes);
  } catch {
    throw damaged('the envelope', message);
  }
};

/** The content's bytes are those between its beginning and the end of the text: it is encoded last. */
const contentMark = ',"content":';
export const contentBytesOf = (text: string): number =>
  Buffer.byteLength(text.slice(text.indexOf(contentMark) + contentMark.length, -1));

/** The leases that this process has taken, at hand until they end. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #held = new Map<string, Held>();

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Of what is leased under the proof, as far as it is known here. */
  get(proof: Pick<LeaseProof, 'deliveryId' | 'fencingToken'>): Held | undefined {
    const held = this.#held.get(proof.deliveryId);
    return held?.entry.token === proof.fencingToken ? held : undefined;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  set(id: string, held: Held): void {
    this.#held.set(id, held);
    if (this.#held.size <= mostHeld) return;
    const [oldest] = this.#held.keys();
    if (oldest !== undefined) this.#held.delete(oldest);
  }

  delete(id: string): void {
    this.#held.delete(id);
  }

  /** What a call has leased, without what must not be given: that is set aside in the background. */
  take(result: readonly unknown[], shard: Shard): Eventual<readonly Lease[]> {
    const leases: Eventual<Lease | undefined>[] = [];
    let later = false;
    for (let place = 0; place < result.length; place += fieldsOfLease) {
      const [member = '', text = '', content = ''] = result.slice(place, place + fieldsOfLease).map(String);
      const lease = this.#takeOne({ member, text, digest: digestOf(content) }, envelopeOf(content), shard);
      later ||= lease instanceof Promise;
      leases.push(lease);
    }
    const given = (all: readonly (Lease | undefined)[]): readonly Lease[] => all.filter((one) => one !== undefined);
    return later
      ? Promise.all(leases.map(async (lease) => lease)).then(given)
      : given(leases as readonly (Lease | undefined)[]);
  }

  #takeOne(stored: StoredEntry, text: string, shard: Shard): Eventual<Lease | undefined> {
    const { background } = this.#options;
    const lost = (error: unknown): undefined => {
      // Nothing can be said of it: its lease runs out, and its attempts are used up in time.
      background.report('lease', error);
    };
    try {
      const found = whenKnown(unpackEntry(stored, shard.forms), (versioned) =>
        this.#given({ ...versioned, shard }, text),
      );
      return found instanceof Promise ? found.catch(lost) : found;
    } catch (error) {
      return lost(error);
    }
  }

  #given(found: Found, text: string): Lease | undefined {
    const { background, clock, entries } = this.#options;
    const { entry, digest } = found;
    let envelope: Envelope;
    try {
      envelope = openEnvelope(text, digest, contentBytesOf(text), entry.message);
    } catch (error) {
      background.report('lease', error);
      if (!StoreError.isInstance(error) || error.code !== damageCode) return undefined;
      background.run('damage', () => entries.change(found, damagedTransition));
      return undefined;
    }
    if (isPast(entry, clock.now())) {
      background.run('expiry', () => entries.change(found, expiredTransition));
      return undefined;
    }
    const id = deliveryId(entry);
    this.set(id, { ...found, envelope });
    const { passedBy } = found;
    return { deliveryId: id, entry, envelope, ...(passedBy && { passedBy }) };
  }
}
