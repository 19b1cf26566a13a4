import { type AgentReference, agentKey, type Clock, type Envelope, rfc3339 } from '@charterbus/core-models';
import type { BrokerReader } from '../broker/broker.js';
import { type Entry, StatusTally } from '../broker/entry.js';
import type {
  ConversationFact,
  DeadLetterFilter,
  DedupeMark,
  Leaf,
  MessageFilter,
  MessageRecord,
} from '../broker/journal.js';
import { filledForm } from '../broker/leaf.js';
import { unpackFact } from './facts.js';
import { openEnvelope } from './leases.js';
import { dedupeKey, unpackMark } from './marks.js';
import {
  deadMember,
  deliveryOfDead,
  digestOf,
  envelopeOf,
  unpackEntry,
  unpackRecord,
  type Versioned,
} from './packing.js';
import { leafIndex } from './publisher.js';
import type { Shard } from './shard.js';
import type { Shards } from './shards.js';
import type { ConversationVersions } from './versions.js';

/** Tries to find a leaf while others are appended. */
const mostLooks = 8;
/** Ids that a listing looks at in one step. */
const page = 200;

const isWanted = (
  { state, reason, recipient }: Entry,
  wanted: { readonly reason: string | undefined; readonly recipient: AgentReference | undefined },
): boolean =>
  state === 'dead' &&
  (wanted.reason === undefined || wanted.reason === reason) &&
  (wanted.recipient === undefined || agentKey(wanted.recipient) === agentKey(recipient));

/** Looks things up in Redis: all of it is committed. */
export class RedisReader implements BrokerReader {
  readonly #shards: Shards;
  readonly #clock: Clock;
  readonly #versions: ConversationVersions;

  constructor(shards: Shards, clock: Clock, versions: ConversationVersions) {
    this.#shards = shards;
    this.#clock = clock;
    this.#versions = versions;
  }

  message(id: string): Promise<MessageRecord | undefined> {
    return this.#shards.find((shard) => this.#record(id, shard));
  }

  envelope(id: string): Promise<Envelope | undefined> {
    return this.#shards.find(async (shard) => {
      const content = await this.#content(id, shard);
      if (content === undefined) return undefined;
      const { contentBytes } = await unpackRecord({ id, text: content }, shard.forms);
      return openEnvelope(envelopeOf(content), digestOf(content), contentBytes, id);
    });
  }

  async entries(message: string): Promise<readonly Entry[]> {
    const found = await this.#shards.find(async (shard) => {
      const content = await this.#content(message, shard);
      return content === undefined ? undefined : this.#entries(message, digestOf(content), shard);
    });
    return found?.map(({ entry }) => entry) ?? [];
  }

  leaves(message: string): Promise<readonly Leaf[]> {
    return this.#shards.collect(async (shard) => {
      const text = await this.#leavesOf(message, shard);
      if (text === undefined) return [];
      const leaves = await Promise.all(text.split(',').map((index) => this.#leaf(Number(index), shard)));
      return leaves.filter((leaf) => leaf !== undefined);
    });
  }

  leaf(index: number): Promise<Leaf | undefined> {
    const { all } = this.#shards;
    if (!Number.isInteger(index) || index < 0) return Promise.resolve(undefined);
    return this.#leaf(Math.floor(index / all.length), all[index % all.length] as Shard);
  }

  /** One more than the highest index; with several shards not every index below has a leaf. */
  async leafCount(): Promise<number> {
    const { all } = this.#shards;
    const counts = await Promise.all(
      all.map(async (shard) => {
        const count = Number((await shard.read((client) => client.hget(`${shard.base}:s`, 'leaf'))) ?? 0);
        return count === 0 ? 0 : leafIndex(count - 1, shard, this.#shards) + 1;
      }),
    );
    return Math.max(...counts);
  }

  async list({ status, before, limit }: MessageFilter): Promise<readonly MessageRecord[]> {
    const found: MessageRecord[] = [];
    for (let last = before; ; ) {
      const ids = await this.#idsBefore(last, page);
      for (const { id, shard } of ids) {
        const record = await this.#record(id, shard);
        if (record !== undefined && (status === undefined || record.status === status)) found.push(record);
        if (found.length === limit) return found;
      }
      last = ids.at(-1)?.id;
      if (ids.length < page) return found;
    }
  }

  async deadLetters({ before, limit, reason, recipient }: DeadLetterFilter): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    let last = before === undefined ? undefined : deadMember(before.message, before.ordinal);
    for (;;) {
      const members = await this.#deadBefore(last, page);
      for (const { member, shard } of members) {
        const entry = await this.#entry(deliveryOfDead(member), shard);
        if (entry === undefined || !isWanted(entry, { reason, recipient })) continue;
        found.push(entry);
        if (found.length === limit) return found;
      }
      last = members.at(-1)?.member;
      if (members.length < page) return found;
    }
  }

  async duplicate(tenant: string, from: string, key: string): Promise<DedupeMark | undefined> {
    const scope = { tenant, from, key };
    const text = await this.#shards.find(
      async (shard) => (await shard.read((client) => client.get(`${shard.base}:dd:${dedupeKey(scope)}`))) ?? undefined,
    );
    const mark = text === undefined ? undefined : unpackMark(text, scope);
    return mark !== undefined && mark.until > this.#clock.now() ? mark : undefined;
  }

  /** Of a conversation across tenants each shard knows what was committed there: the newest counts. */
  async conversationFacts(conversation: string): Promise<readonly ConversationFact[]> {
    const newest = new Map<string, ConversationFact>();
    for (const shard of this.#shards.all) {
      const fields = await shard.read((client) => client.hgetall(`${shard.base}:cf:${conversation}`));
      const { v: version = '0', ...known } = fields;
      if (this.#shards.all.length === 1) this.#versions.see(conversation, version);
      for (const [field, text] of Object.entries(known)) {
        const fact = unpackFact(conversation, field.slice(1), text);
        if (fact.until > (newest.get(fact.about)?.until ?? this.#clock.now())) newest.set(fact.about, fact);
      }
    }
    return [...newest.values()];
  }

  async #content(id: string, shard: Shard): Promise<string | undefined> {
    return (await shard.read((client) => client.get(`${shard.base}:m:${id}`))) ?? undefined;
  }

  /** Of several recipients a message says how many; of one it says nothing. */
  async #entries(id: string, digest: string, shard: Shard): Promise<readonly Versioned[]> {
    const count = await shard.read((client) => client.hget(`${shard.base}:x:${id}`, 'c'));
    const members = Array.from({ length: Number(count ?? 1) }, (_, ordinal) => `${id}.${ordinal}`);
    if (members.length === 0) return [];
    const texts = await shard.read((client) => client.hmget(`${shard.base}:e`, ...members));
    const stored = members.flatMap((member, place) => {
      const text = texts[place] ?? undefined;
      return text === undefined ? [] : [{ member, text, digest }];
    });
    return Promise.all(stored.map(async (one) => unpackEntry(one, shard.forms)));
  }

  async #record(id: string, shard: Shard): Promise<MessageRecord | undefined> {
    const content = await this.#content(id, shard);
    if (content === undefined) return undefined;
    const { contentBytes: _, ...record } = await unpackRecord({ id, text: content }, shard.forms);
    const entries = await this.#entries(id, digestOf(content), shard);
    const tally = new StatusTally();
    for (const { entry } of entries) tally.add(entry);
    const last = Math.max(...entries.map(({ entry }) => entry.settledAt), 0) || record.createdAt;
    return { id, ...record, status: tally.status, settledAt: tally.finished ? last : 0, dead: tally.dead };
  }

  async #leavesOf(id: string, shard: Shard): Promise<string | undefined> {
    const [common, left] = await shard.read((client) =>
      Promise.all([client.hget(`${shard.base}:x:${id}`, 'l'), client.get(`${shard.base}:l:${id}`)]),
    );
    if (common !== null || left !== null) return common ?? left ?? undefined;
    const [only] = await this.#entries(id, '', shard);
    return only?.leaves;
  }

  async #entry(member: string, shard: Shard): Promise<Entry | undefined> {
    const [message = ''] = member.split('.');
    const [text, digest] = await shard.read((client) =>
      Promise.all([client.hget(`${shard.base}:e`, member), client.getrange(`${shard.base}:m:${message}`, 0, 63)]),
    );
    return text === null ? undefined : (await unpackEntry({ member, text, digest }, shard.forms)).entry;
  }

  /** Counted from the newest, since the oldest go; each says its own index, as others may be appended meanwhile. */
  async #leaf(index: number, shard: Shard): Promise<Leaf | undefined> {
    const key = `${shard.base}:leaves`;
    let count = Number((await shard.read((client) => client.hget(`${shard.base}:s`, 'leaf'))) ?? 0);
    for (let looked = 0; looked < mostLooks && index < count; looked++) {
      const back = index - count;
      const text = await shard.read((client) => client.lindex(key, back));
      if (text === null) return undefined;
      const [own = '', form = '', message = ''] = text.slice(0, text.indexOf('\n')).split(' ');
      if (Number(own) === index) return this.#openLeaf({ index, form, message, text }, shard);
      count += Number(own) - index;
    }
    return undefined;
  }

  async #openLeaf(
    stored: { readonly index: number; readonly form: string; readonly message: string; readonly text: string },
    shard: Shard,
  ): Promise<Leaf> {
    const { form, message } = stored;
    const own = stored.text.slice(stored.text.indexOf('\n') + 1);
    const index = leafIndex(stored.index, shard, this.#shards);
    if (form === '-') return { index, message, text: own };
    const [at, digest = ''] = own.split(' ');
    const text = (await shard.forms.text(form)) ?? '';
    return { index, message, text: filledForm(text, { at: rfc3339(Number(at)), digest, message }) };
  }

  /** The newest ids below this one, of all shards. */
  async #idsBefore(id: string | undefined, most: number) {
    const from = id === undefined ? '+' : `(${id}`;
    const found = await this.#shards.collect(async (shard) => {
      const ids = await shard.read((client) => client.zrevrangebylex(`${shard.base}:ids`, from, '-', 'LIMIT', 0, most));
      return ids.map((one) => ({ id: one, shard }));
    });
    return found.toSorted((left, right) => (left.id < right.id ? 1 : -1)).slice(0, most);
  }

  async #deadBefore(member: string | undefined, most: number) {
    const from = member === undefined ? '+' : `(${member}`;
    const found = await this.#shards.collect(async (shard) => {
      const members = await shard.read((client) =>
        client.zrevrangebylex(`${shard.base}:dl`, from, '-', 'LIMIT', 0, most),
      );
      return members.map((one) => ({ member: one, shard }));
    });
    return found.toSorted((left, right) => (left.member < right.member ? 1 : -1)).slice(0, most);
  }
}
