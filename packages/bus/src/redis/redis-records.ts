import { ConstitutionalError, type ConstitutionFile, type Digest, StoreError, sha256 } from '@charterbus/core-models';
import type { Activation } from '@charterbus/policy-client';
import { Background } from '@charterbus/recovery';
import {
  type ConstitutionRecords,
  type ConstitutionVersion,
  type FollowActivation,
  type KeptConstitution,
  rememberedActivations,
  versionKey,
} from '../life/constitution-records.js';
import { leafSubject } from '../life/memory-records.js';
import type { Shards } from './shards.js';

/** How long the files of a version are kept that never came into force. */
const stagedMs = 30 * 86_400_000;

const damaged = (what: string): StoreError =>
  new StoreError('STORE_CORRUPT', `The store is damaged: ${what} of a constitution cannot be read.`);

const changedMeanwhile = (): ConstitutionalError =>
  new ConstitutionalError('CONSTITUTION_CHANGED', 'Another process has put a constitution in force meanwhile.', {
    retryAfterMs: 1000,
  });

/** What commits have to rest on: nothing where what was in force is revoked. */
const groundOf = (activation: Activation): string =>
  activation.kind === 'revoke' ? `revoked:${activation.number}` : versionKey(activation);

const readActivation = (text: string): Activation => {
  try {
    return Object.freeze(JSON.parse(text) as Activation);
  } catch {
    throw damaged('an activation');
  }
};

/** Prefixes of the fields in which a version's files are. */
const places = { files: 'f', slots: 's' } as const;

const unpackFiles = (fields: Readonly<Record<string, Buffer>>): KeptConstitution => {
  const kept = { files: [] as ConstitutionFile[], slots: [] as ConstitutionFile[] };
  for (const [field, value] of Object.entries(fields)) {
    if (field === 'count') continue;
    const bytes = new Uint8Array(value.subarray(64));
    if (sha256(bytes) !== value.subarray(0, 64).toString('latin1')) throw damaged('a file');
    kept[field.startsWith(places.files) ? 'files' : 'slots'].push({ path: field.slice(1), bytes });
  }
  if (kept.files.length + kept.slots.length !== Number(fields['count']?.toString('latin1'))) throw damaged('a file');
  const byPath = (left: ConstitutionFile, right: ConstitutionFile): number => (left.path < right.path ? -1 : 1);
  return { files: kept.files.toSorted(byPath), slots: kept.slots.toSorted(byPath) };
};

/**
 * Remembers constitutions for all processes. Each has a view of its own, which follows: by a word of whoever activates, by
 * what every answer of Redis says, and at the latest when a commit is refused.
 */
export class RedisRecords implements ConstitutionRecords {
  readonly #shards: Shards;
  readonly #background: Background;
  #history: readonly Activation[] = [];
  #highest = new Map<string, number>();
  #revoked = new Set<Digest>();
  readonly #kept = new Map<string, KeptConstitution>();
  #configured: string | undefined;
  #follow: FollowActivation | undefined;
  #refreshing: Promise<void> | undefined;
  #again = false;

  /** @param report told of what could not be followed. */
  constructor(shards: Shards, report: (error: unknown) => void) {
    this.#shards = shards;
    this.#background = new Background((_task, error) => report(error));
  }

  /** Loads what is remembered. @throws StoreError. */
  async open(): Promise<void> {
    await this.#load();
    const newest = this.#history.at(-1);
    // A process may have ended between the first shard and the last.
    if (newest !== undefined) await this.#ground(newest);
  }

  /** Looks what was put in force elsewhere, and follows. Joins a look that has not begun; never rejects. */
  refresh(): Promise<void> {
    this.#again = this.#refreshing !== undefined;
    this.#refreshing ??= this.#refresh();
    return this.#refreshing;
  }

  follow(follow: FollowActivation): void {
    this.#follow = follow;
  }

  history(): readonly Activation[] {
    return this.#history;
  }

  highestRevision(name: string): number | undefined {
    return this.#highest.get(name);
  }

  configured(): string | undefined {
    return this.#configured;
  }

  async configure(identity: string): Promise<void> {
    await this.#shard.read((client) => client.set(this.#key('configured'), identity));
    this.#configured = identity;
  }

  /** @throws ConstitutionalError `CONSTITUTION_CHANGED` where another process was faster. */
  async record(activation: Activation, leaf = ''): Promise<void> {
    const { number, name, revision } = activation;
    const text = JSON.stringify(activation);
    const subject = leafSubject(activation);
    const [kind, other] = await this.#shard.working.ask((into) => {
      into.push('k', String(number), text, name, String(revision), subject, leaf, groundOf(activation));
    });
    if (kind === 'other' && !this.#isSameStart(activation, String(other))) {
      this.#background.track('follow constitution', this.refresh());
      throw changedMeanwhile();
    }
    await this.#ground(activation);
    this.#history = [...this.#history, activation].slice(-rememberedActivations);
    this.#highest.set(name, Math.max(this.#highest.get(name) ?? 0, revision));
    await this.#shard.read((client) => client.persist(this.#key(`v:${versionKey(activation)}`)));
  }

  isRevoked(hash: Digest): boolean {
    return this.#revoked.has(hash);
  }

  async revoke(hash: Digest): Promise<void> {
    await this.#shard.read((client) => client.sadd(this.#key('revoked'), hash));
    this.#revoked.add(hash);
  }

  async keep(version: ConstitutionVersion, kept: KeptConstitution): Promise<void> {
    const key = this.#key(`v:${versionKey(version)}`);
    const fields = new Map<string, string | Buffer>([['count', String(kept.files.length + kept.slots.length)]]);
    for (const list of ['files', 'slots'] as const) {
      for (const { path, bytes } of kept[list]) {
        fields.set(`${places[list]}${path}`, Buffer.concat([Buffer.from(sha256(bytes), 'latin1'), bytes]));
      }
    }
    const inForce = this.#history.some((activation) => versionKey(activation) === versionKey(version));
    await this.#shard.read((client) => client.hset(key, fields));
    await this.#shard.read((client) => (inForce ? client.persist(key) : client.pexpire(key, stagedMs)));
    // Last: what is listed is whole.
    await this.#shard.read((client) => client.sadd(this.#key('versions'), versionKey(version)));
    this.#kept.set(versionKey(version), kept);
  }

  kept(version: ConstitutionVersion): KeptConstitution | undefined {
    return this.#kept.get(versionKey(version));
  }

  /**
   * Forgets here. In Redis what was in force stays as long as it is in the history, and what was staged, perhaps by another
   * process, for thirty days.
   */
  async retain(versions: readonly ConstitutionVersion[]): Promise<void> {
    const wanted = new Set([...versions, ...this.#history].map(versionKey));
    for (const key of this.#kept.keys()) if (!wanted.has(key)) this.#kept.delete(key);
    const stored = await this.#shard.read((client) => client.smembers(this.#key('versions')));
    const outlived = stored.filter((key) => !wanted.has(key));
    if (outlived.length === 0) return;
    await this.#shard.read(async (client) => {
      for (const key of outlived) {
        const left = await client.pttl(this.#key(`v:${key}`));
        if (left === -1) await client.pexpire(this.#key(`v:${key}`), stagedMs);
        if (left === -2) await client.srem(this.#key('versions'), key);
      }
    });
  }

  get #shard() {
    return this.#shards.first;
  }

  #key(name: string): string {
    return `${this.#shard.base}:life:${name}`;
  }

  /** Two processes that begin at once with the same constitution have begun it together. */
  #isSameStart(activation: Activation, other: string): boolean {
    if (activation.kind !== 'start' || other === '') return false;
    const first = readActivation(other);
    return first.kind === 'start' && versionKey(first) === versionKey(activation);
  }

  async #ground(activation: Activation): Promise<void> {
    await Promise.all(
      this.#shards.all.map((shard) =>
        shard.working.ask((into) => void into.push('g', String(activation.number), groundOf(activation))),
      ),
    );
  }

  async #refresh(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#load();
        for (const activation of this.#history) await this.#follow?.(activation);
      } while (this.#again);
    } catch (error) {
      this.#background.report('follow constitution', error);
    } finally {
      this.#refreshing = undefined;
    }
  }

  async #load(): Promise<void> {
    const [activations, revisions, revoked, configured, versions] = await this.#shard.read((client) =>
      Promise.all([
        client.lrange(this.#key('acts'), -rememberedActivations, -1),
        client.hgetall(this.#key('revs')),
        client.smembers(this.#key('revoked')),
        client.get(this.#key('configured')),
        client.smembers(this.#key('versions')),
      ]),
    );
    for (const version of versions) {
      if (this.#kept.has(version)) continue;
      const fields = await this.#shard.read((client) => client.hgetallBuffer(this.#key(`v:${version}`)));
      if (Object.keys(fields).length > 0) this.#kept.set(version, unpackFiles(fields));
    }
    this.#history = activations.map(readActivation);
    this.#highest = new Map(Object.entries(revisions).map(([name, revision]) => [name, Number(revision)]));
    this.#revoked = new Set(revoked as Digest[]);
    this.#configured = configured ?? undefined;
  }
}
