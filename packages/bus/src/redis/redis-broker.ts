import type { AgentReference, Durability, Verdict } from '@charterbus/core-models';
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
} from '../broker/broker.js';
import type { Entry } from '../broker/entry.js';
import type { ConversationFact } from '../broker/journal.js';
import type { Pauses } from '../broker/pauses.js';
import { leasedIn } from './leased.js';
import { mailboxOf, recipientOf } from './packing.js';
import { makeParts, type RedisBrokerOptions } from './parts.js';
import { checkServers } from './server-checks.js';
import type { Shard, ShardAnswer } from './shard.js';
import type { Shards } from './shards.js';
import { withholdIn } from './withholding.js';

/** A broker that several processes share: each change is one step of a script in Redis. */
export class RedisBroker implements Broker {
  readonly #parts: ReturnType<typeof makeParts>;
  readonly #onGround: (ground: string) => void;
  readonly #onTopics: (number: string) => void;
  readonly #onReconnected: () => void;
  readonly #pausesAreKept: boolean;
  readonly #listeners = new Set<(change: EntryChange) => void>();
  #durability: Durability = 'process';
  #ground = '';
  #interceptor: Interceptor | undefined;
  #started = false;

  constructor(options: RedisBrokerOptions) {
    this.#onGround = options.onGround ?? (() => undefined);
    this.#onTopics = options.onTopics ?? (() => undefined);
    this.#onReconnected = options.onReconnected ?? (() => undefined);
    this.#pausesAreKept = options.pausesAreKept ?? false;
    this.#parts = makeParts(options, {
      answered: (shard, answer) => this.#answered(shard, answer),
      connected: (shard) => this.#connected(shard),
      tell: (change) => this.#tell(change),
      interceptor: () => this.#interceptor,
    });
  }

  get capabilities(): BrokerCapabilities {
    return { durability: this.#durability, shared: true };
  }

  get counts(): BrokerCounts {
    return this.shards.counts;
  }

  get reader(): BrokerReader {
    return this.#parts.reader;
  }

  /** @internal */
  get shards(): Shards {
    return this.#parts.shards;
  }

  /** Connects, and looks at how the servers are set. @throws ConfigurationError; StoreError. */
  async prepare(): Promise<void> {
    await Promise.all(this.shards.all.map((shard) => shard.start()));
    this.#durability = await checkServers(this.shards.all);
  }

  async start(): Promise<void> {
    const { mailboxes, sweeps, wakes } = this.#parts;
    await this.prepare();
    await Promise.all([...sweeps.values()].map((sweep) => sweep.start()));
    // Whoever has come with this process may have what others may not.
    await Promise.all(this.shards.all.map((shard) => shard.working.ask((into) => void into.push('r', ''))));
    this.#started = true;
    mailboxes.start();
    for (const each of wakes) each.start();
  }

  append(admission: Admission): Promise<Appended> {
    return this.#parts.publisher.append(admission);
  }

  claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    return this.#parts.claims.claim(request, signal);
  }

  consume(consumer: Consumer): Consumption {
    return this.#parts.claims.consume(consumer);
  }

  settle(proof: LeaseProof, outcome: Outcome): Promise<Entry> {
    return this.#parts.settlements.settle(proof, outcome);
  }

  extend(proof: LeaseProof, leaseMs: number): Promise<Entry> {
    return this.#parts.settlements.extend(proof, leaseMs);
  }

  rebind(proof: LeaseProof, verdict: Verdict, facts: readonly ConversationFact[] = []): Promise<Lease> {
    return this.#parts.settlements.rebind(proof, verdict, facts);
  }

  async held(message: string): Promise<readonly Entry[]> {
    return (await this.reader.entries(message)).filter(({ state }) => state === 'held');
  }

  decide(id: string, decision: HoldDecision): Promise<Entry> {
    return this.#parts.decisions.decide(id, decision);
  }

  redrive(id: string, reason: string): Promise<Entry> {
    return this.#parts.decisions.redrive(id, reason);
  }

  drop(id: string, reason: string): Promise<Entry> {
    return this.#parts.decisions.drop(id, reason);
  }

  abandon(recipient: AgentReference, reason: string): Promise<number> {
    return this.#parts.decisions.abandon(recipient, reason);
  }

  recipients(): Promise<Iterable<AgentReference>> {
    return this.shards.collect(async (shard) => {
      const mailboxes = await shard.read((client) => client.smembers(`${shard.base}:mb`));
      return mailboxes.map(recipientOf);
    });
  }

  async reoffer(mailbox: AgentReference): Promise<void> {
    await this.shards.of(mailbox.tenant).working.ask((into) => void into.push('r', mailboxOf(mailbox)));
  }

  async withhold(pauses: Pauses): Promise<void> {
    if (!this.#pausesAreKept) await withholdIn(this.shards, pauses);
  }

  leased(): Promise<Iterable<Entry>> {
    return this.shards.collect((shard) => leasedIn(shard, this.#parts.entries));
  }

  backlog(mailbox: AgentReference): Promise<number> {
    const shard = this.shards.of(mailbox.tenant);
    return shard.read((client) => client.scard(`${shard.base}:u:${mailboxOf(mailbox)}`));
  }

  watch(listener: (change: EntryChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  intercept(interceptor: Interceptor): void {
    this.#interceptor = interceptor;
  }

  pause(): void {
    this.#parts.claims.pause();
  }

  async close(): Promise<void> {
    const { background, mailboxes, sweeps, wakes } = this.#parts;
    this.pause();
    for (const sweep of sweeps.values()) sweep[Symbol.dispose]();
    mailboxes.close();
    await background.idle();
    const { all } = this.shards;
    if (this.#started) await Promise.allSettled(all.map((shard) => this.#leave(shard)));
    await Promise.all([...wakes.map((each) => each.close()), ...all.map((shard) => shard.close())]);
  }

  /** What this process has leased to its own consumers is others' at once. */
  async #leave(shard: Shard): Promise<void> {
    await shard.working.ask((into) => void into.push('b', '0'));
  }

  #answered(shard: Shard, { nextDue, words, ground, topics }: ShardAnswer): void {
    const { notices, sweeps } = this.#parts;
    const sweep = sweeps.get(shard);
    if (nextDue !== undefined) sweep?.due(nextDue);
    sweep?.checkBytes();
    for (const word of words) notices.hear(word, shard);
    if (shard === this.shards.first) this.#onTopics(topics);
    if (ground === this.#ground || ground === '' || shard !== this.shards.first) return;
    this.#ground = ground;
    this.#onGround(ground);
  }

  /** Of what was asked on a connection that was lost nobody knows what came of it. */
  #connected(shard: Shard): void {
    if (!this.#started) return;
    const { background, mailboxes, orphans, sweeps } = this.#parts;
    sweeps.get(shard)?.now();
    background.run('orphans', () => orphans.giveBack(shard));
    mailboxes.wakeAll();
    this.#onReconnected();
  }

  #tell(change: EntryChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // The change is made, whatever a listener makes of it.
        this.#parts.background.report('watch', error);
      }
    }
  }
}
