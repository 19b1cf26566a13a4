import { agentKey, MessageError, rfc3339, StoreError, type Verdict } from '@charterbus/core-models';
import type { EntryChange, LeaseProof } from '../broker/broker.js';
import { type Entry, holderOf, parseDeliveryId, patched } from '../broker/entry.js';
import type { ConversationFact } from '../broker/journal.js';
import { SettlementLeaf } from '../broker/leaf.js';
import { GroundMoved } from '../broker/moved.js';
import type { Transition } from '../broker/transitions.js';
import { versionKey } from '../life/constitution-records.js';
import { packFacts } from './facts.js';
import { RedisForms, type UsedForms } from './forms.js';
import { packBody, type StoredEntry, stateLetters, unpackEntry, type Versioned } from './packing.js';
import type { Shard } from './shard.js';
import type { Shards } from './shards.js';
import type { ConversationVersions } from './versions.js';

export interface EntriesOptions {
  readonly shards: Shards;
  readonly versions: ConversationVersions;
  readonly onGroundMoved: () => Promise<unknown>;
  readonly tell: (change: EntryChange) => void;
}

/** An entry as it was found, and where. */
export interface Found extends Versioned {
  readonly shard: Shard;
}

/** What a change rests on besides the entry. */
export interface Rests {
  readonly verdict?: Verdict;
  readonly conversation?: string | undefined;
}

/** Tries of a change that others were faster with. Each time somebody has changed the entry. */
const mostTries = 32;

const noFacts: readonly ConversationFact[] = Object.freeze([]);
const noDelivery = (): MessageError => new MessageError('DELIVERY_NOT_FOUND', 'There is no such delivery.');

const positionWanted = ({ patch }: Transition): string => (patch.position === undefined ? '=' : '+');

/** Changes entries: each change is made to the state that it was computed from, or to none. */
export class Entries {
  readonly #options: EntriesOptions;

  constructor(options: EntriesOptions) {
    this.#options = options;
  }

  /** Looks an entry up where it must be. */
  async read(id: string, shard: Shard): Promise<Found | undefined> {
    const key = parseDeliveryId(id);
    if (key === undefined) return undefined;
    const member = `${key.message}.${key.ordinal}`;
    const [text, digest] = await shard.read((client) =>
      Promise.all([client.hget(`${shard.base}:e`, member), client.getrange(`${shard.base}:m:${key.message}`, 0, 63)]),
    );
    return text === null ? undefined : { ...(await unpackEntry({ member, text, digest }, shard.forms)), shard };
  }

  /** Looks an entry up that may be anywhere. */
  find(id: string): Promise<Found | undefined> {
    return this.#options.shards.find((shard) => this.read(id, shard));
  }

  /**
   * Changes an entry as `decide` says, which is asked again where somebody else was faster.
   *
   * @param decide throws where the entry is no longer what it was; answers the entry itself where there is nothing to do.
   */
  async change(found: Found, decide: (entry: Entry) => Transition | undefined, rests: Rests = {}): Promise<Versioned> {
    let current: Versioned = found;
    for (let tries = 0; tries < mostTries; tries++) {
      const transition = decide(current.entry);
      if (transition === undefined) return current;
      const outcome = await this.#put(current, transition, found.shard, rests);
      if (outcome.done) return outcome;
      current = outcome;
    }
    throw new StoreError('STORE_UNAVAILABLE', 'The delivery was changed by others each time.', { retryAfterMs: 1000 });
  }

  /** Acknowledges what is leased by the bare words; absent where that takes more, and decided at once. */
  acknowledge(found: Found, next: (doneAt: number) => Entry): Promise<Versioned | undefined> | undefined {
    const { formed } = new SettlementLeaf(next(0), { at: rfc3339(0), kind: 'delivered', attempt: found.entry.attempt });
    return formed === undefined || found.shard.forms.storedName(formed.key) === undefined
      ? undefined
      : this.#acknowledge(found, next, formed.key);
  }

  async #acknowledge(
    { entry, shard, digest }: Found,
    next: (doneAt: number) => Entry,
    formKey: string,
  ): Promise<Versioned | undefined> {
    const member = `${entry.message}.${entry.ordinal}`;
    const { result } = await askCertainly(shard, (into) => {
      // The store may be another one by the time that this is sent: then it is refused, and done with all words.
      into.push('a', member, String(entry.token), shard.forms.storedName(formKey) ?? '', digest);
    });
    const [kind, version, doneAt] = result;
    if (kind === 'gone') throw noDelivery();
    if (kind !== 'done') return undefined;
    const done = next(Number(doneAt));
    this.#options.tell({ entry: done });
    return { entry: done, version: String(version), digest };
  }

  async #put(
    { entry: before, version, digest }: Versioned,
    transition: Transition,
    shard: Shard,
    rests: Rests,
  ): Promise<Versioned & { readonly done: boolean }> {
    const now = Math.floor(shard.now());
    const event = { ...transition.event, at: rfc3339(now) };
    const next = patched(before, transition.patch, now, event);
    const { facts = noFacts, audited } = transition;
    const conversation = facts[0]?.conversation ?? rests.conversation;
    let used: UsedForms = new Set();
    let body = '';
    const { result, repeated } = await askCertainly(shard, (into) => {
      used = new Set();
      const { forms } = shard;
      const [form, leaf] = audited ? packLeaf(new SettlementLeaf(next, event), forms, used) : ['', ''];
      body = packBody(next, digest, forms, used);
      into.push('p', `${next.message}.${next.ordinal}`, version, stateLetters[next.state], String(next.attempt));
      into.push(String(next.notBefore), String(Math.floor(next.leaseUntil)), String(next.holdUntil));
      into.push(positionWanted(transition), next.state === 'dead' || next.state === 'refused' ? '1' : '');
      into.push(event.kind === 'passed' ? '1' : '');
      into.push(groundOf(rests), conversation ?? '', this.#versionOf(conversation, rests), form, leaf, body);
      RedisForms.write(used, into);
      packFacts(facts, into);
    });
    // What was sent twice, since its first answer was lost, finds its own work.
    const isOwn = repeated && result[0] === 'other' && String(result[1]).endsWith(`\n${body}`);
    const stored = this.#elsewhere(result, next);
    if (stored !== undefined) return { ...(await unpackEntry(stored, shard.forms)), done: isOwn };
    shard.forms.areStored(used);
    const [, after, position, learnt] = result;
    if (conversation !== undefined && learnt !== '') this.#options.versions.see(conversation, String(learnt));
    const changed = { ...next, position: Number(position) };
    this.#options.tell({ entry: changed });
    return { entry: changed, version: String(after), digest, done: true };
  }

  /** The entry as others have left it meanwhile; nothing where the change was made. */
  #elsewhere([kind, text, digest]: readonly unknown[], { message, ordinal }: Entry): StoredEntry | undefined {
    if (kind === 'gone') throw noDelivery();
    if (kind === 'ground') throw new GroundMoved('constitution', this.#options.onGroundMoved());
    if (kind === 'conversation') throw new GroundMoved('conversation');
    return kind === 'other'
      ? { member: `${message}.${ordinal}`, text: String(text), digest: String(digest) }
      : undefined;
  }

  /** Facts of a conversation that nobody has judged by are added to whatever it is by now. */
  #versionOf(conversation: string | undefined, { conversation: rested }: Rests): string {
    return rested === undefined ? '' : this.#options.versions.of(conversation);
  }
}

/** Times that a change is sent whose answer was lost. */
const mostRepeats = 3;

const isUnknown = (error: unknown): boolean => StoreError.isInstance(error) && error.code === 'STORE_OUTCOME_UNKNOWN';

/**
 * Asks again where an answer is lost: a change is made to one state of an entry, so that a second one changes nothing.
 *
 * @throws StoreError; `STORE_OUTCOME_UNKNOWN` as long as nobody knows what came of the first.
 */
const askCertainly = async (
  shard: Shard,
  write: (into: string[]) => void,
): Promise<{ readonly result: readonly unknown[]; readonly repeated: boolean }> => {
  let unknown: unknown;
  for (let repeats = 0; repeats < mostRepeats; repeats++) {
    try {
      return { result: await shard.working.ask(write), repeated: unknown !== undefined };
    } catch (error) {
      if (!isUnknown(error)) throw unknown ?? error;
      unknown ??= error;
    }
  }
  throw unknown;
};

const groundOf = ({ verdict }: Rests): string =>
  verdict === undefined
    ? ''
    : versionKey({ hash: verdict.binds.constitutionDigest, dataVersion: verdict.binds.dataVersion });

const packLeaf = (leaf: SettlementLeaf, forms: RedisForms, used: UsedForms): readonly [form: string, text: string] => {
  const { formed } = leaf;
  if (formed === undefined) return ['', leaf.text];
  return [forms.of(formed.key, formed.form, used), `${Date.parse(formed.at)} ${formed.digest}`];
};

/** Whether whoever states the proof holds the entry, or held it last. */
export const isOf = ({ entry }: Versioned, { recipient }: LeaseProof): boolean =>
  agentKey(holderOf(entry)) === agentKey(recipient);

export { noDelivery };
