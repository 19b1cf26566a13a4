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
import { deadMember, deliveryOfDead, digestOf, storedEntry, unpackEntry, unpackRecord } from './packing.js';
import { leafIndex } from './publisher.js';
import type { Shard } from './shard.js';
import type { Shards } from './shards.js';
import type { ConversationVersions } from './versions.js';

type Fields = Readonly<Record<string, string>>;

const entryFieldPattern = /^h(\d+)$/;
/** Ids that a listing looks at in one step. */
const page = 200;

const hasMessage = (fields: Fields): boolean => fields['r'] !== undefined;

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
    return this.#shards.find(async (shard) => {
      const fields = await this.#fields(id, shard);
      return hasMessage(fields) ? this.#record(id, fields, shard) : undefined;
    });
  }

  envelope(id: string): Promise<Envelope | undefined> {
    return this.#shards.find(async (shard) => {
      const key = `${shard.base}:m:${id}`;
      const [text, record] = await shard.read((client) => client.hmget(key, 'e', 'r'));
      if (typeof text !== 'string' || typeof record !== 'string') return undefined;
      const { contentBytes } = await unpackRecord({ id, text: record }, shard.forms);
      return openEnvelope(text, digestOf(record), contentBytes, id);
    });
  }

  async entries(message: string): Promise<readonly Entry[]> {
    const found = await this.#shards.find(async (shard) => {
      const fields = await this.#fields(message, shard);
      return hasMessage(fields) ? this.#entries(message, fields, shard) : undefined;
    });
    return found ?? [];
  }

  leaves(message: string): Promise<readonly Leaf[]> {
    return this.#shards.collect(async (shard) => {
      const [own, left] = await shard.read((client) =>
        Promise.all([client.hget(`${shard.base}:m:${message}`, 'l'), client.get(`${shard.base}:l:${message}`)]),
      );
      const text = own ?? left;
      if (text === null) return [];
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
        const fields = await this.#fields(id, shard);
        if (!hasMessage(fields)) continue;
        const record = await this.#record(id, fields, shard);
        if (status === undefined || record.status === status) found.push(record);
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

  #fields(id: string, shard: Shard): Promise<Fields> {
    return shard.read((client) => client.hgetall(`${shard.base}:m:${id}`));
  }

  #entries(id: string, fields: Fields, shard: Shard): Promise<readonly Entry[]> {
    const ordinals = Object.keys(fields).flatMap((field) => entryFieldPattern.exec(field)?.[1] ?? []);
    const stored = ordinals
      .map(Number)
      .toSorted((left, right) => left - right)
      .map((ordinal) => ({
        member: `${id}.${ordinal}`,
        header: fields[`h${ordinal}`] ?? '',
        body: fields[`b${ordinal}`] ?? '',
        digest: digestOf(fields['r'] ?? ''),
      }));
    return Promise.all(stored.map(async (one) => (await unpackEntry(one, shard.forms)).entry));
  }

  async #record(id: string, fields: Fields, shard: Shard): Promise<MessageRecord> {
    const { r: text = '', s: settledAt = '0' } = fields;
    const { contentBytes: _, ...record } = await unpackRecord({ id, text }, shard.forms);
    const entries = await this.#entries(id, fields, shard);
    const tally = new StatusTally();
    for (const entry of entries) tally.add(entry);
    return { id, ...record, status: tally.status, settledAt: Number(settledAt), dead: tally.dead };
  }

  async #entry(delivery: string, shard: Shard): Promise<Entry | undefined> {
    const [message = '', ordinal = ''] = delivery.split('.');
    const got = await shard.read((client) =>
      client.hmget(`${shard.base}:m:${message}`, `h${ordinal}`, `b${ordinal}`, 'r'),
    );
    const stored = storedEntry(delivery, got);
    return stored && (await unpackEntry(stored, shard.forms)).entry;
  }

  async #leaf(index: number, shard: Shard): Promise<Leaf | undefined> {
    const id = `${index + 1}-0`;
    const [found] = await shard.read((client) => client.xrange(`${shard.base}:leaves`, id, id));
    if (found === undefined) return undefined;
    const [, [, message = '', kind, value = '', , own = '']] = found as readonly [string, readonly string[]];
    const place = leafIndex(index, shard, this.#shards);
    if (kind === 't') return { index: place, message, text: value };
    const form = (await shard.forms.text(value)) ?? '';
    const [at, digest = ''] = own.split(' ');
    return { index: place, message, text: filledForm(form, { at: rfc3339(Number(at)), digest, message }) };
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
