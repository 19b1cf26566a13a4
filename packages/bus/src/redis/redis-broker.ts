import {
  type AgentReference,
  type Clock,
  type Durability,
  type IdSource,
  MessageError,
  type RandomSource,
  type Timers,
  type Verdict,
} from '@charterbus/core-models';
import { Background, type BackgroundErrorListener } from '../background.js';
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
import { abandonedTransition, dropped, isPast, redriven } from '../broker/dead-letters.js';
import { type DeliveryOptions, defaultDeliveryOptions } from '../broker/delivery-options.js';
import { type Entry, isFinal } from '../broker/entry.js';
import { decisionTransition } from '../broker/holds.js';
import type { ConversationFact } from '../broker/journal.js';
import type { Transition } from '../broker/transitions.js';
import { Claims } from './claims.js';
import { Entries } from './entries.js';
import { Leases } from './leases.js';
import { Mailboxes } from './mailboxes.js';
import { Notices } from './notices.js';
import type { RedisSettings } from './options.js';
import { Orphans } from './orphans.js';
import { mailboxOf, recipientOf } from './packing.js';
import { Publisher } from './publisher.js';
import { RedisReader } from './reader.js';
import { checkServers } from './server-checks.js';
import { Settlements } from './settlements.js';
import { type ServerTime, Shard, type ShardAnswer } from './shard.js';
import { Shards } from './shards.js';
import { Sweep } from './sweep.js';
import { ConversationVersions } from './versions.js';
import { Wakes } from './wakes.js';

export interface RedisBrokerOptions {
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly delivery?: Partial<DeliveryOptions>;
  /** Told of what failed where no caller waits for it. */
  readonly onBackgroundError: BackgroundErrorListener;
  /** In place of the server's time, where a test owns the time. */
  readonly serverTime?: ServerTime;
  /** Called where a commit was refused since another constitution is in force; resolves when that is known here. */
  readonly onGroundMoved?: () => Promise<unknown>;
  /** Told what commits have to rest on, whenever that is another than was told last. */
  readonly onGround?: (ground: string) => void;
}

const notHeld = (): MessageError =>
  new MessageError('MESSAGE_NOT_HELD', 'The message does not wait for a decision, or no longer.');
const noDeadLetter = (): MessageError => new MessageError('DEAD_LETTER_NOT_FOUND', 'There is no such dead letter.');

/** A broker that several processes share: each change is one step of a script in Redis. */
export class RedisBroker implements Broker {
  readonly reader: BrokerReader;
  readonly #clock: Clock;
  #durability: Durability = 'process';
  /** @internal */
  readonly shards: Shards;
  readonly #background: Background;
  readonly #entries: Entries;
  readonly #leases: Leases;
  readonly #mailboxes: Mailboxes;
  readonly #claims: Claims;
  readonly #settlements: Settlements;
  readonly #publisher: Publisher;
  readonly #notices: Notices;
  readonly #orphans: Orphans;
  readonly #sweeps = new Map<Shard, Sweep>();
  readonly #wakes: readonly Wakes[];
  readonly #listeners = new Set<(change: EntryChange) => void>();
  readonly #onGround: (ground: string) => void;
  #ground = '';
  #interceptor: Interceptor | undefined;
  #started = false;

  constructor(options: RedisBrokerOptions) {
    const { settings, clock, timers, random, ids } = options;
    const delivery: DeliveryOptions = Object.freeze({ ...defaultDeliveryOptions, ...options.delivery });
    const process = ids.next();
    const background = new Background(options.onBackgroundError);
    const versions = new ConversationVersions();
    const onGroundMoved = options.onGroundMoved ?? (() => Promise.resolve());
    const makeShard = (index: number): Shard =>
      new Shard({
        settings,
        index,
        process,
        ids,
        agingMs: delivery.agingMs,
        mailboxLimit: delivery.mailboxLimit,
        totalLimit: Math.ceil(delivery.totalLimit / settings.shards),
        serverTime: options.serverTime ?? {},
        onAnswer: (shard, answer) => this.#answered(shard, answer),
        onConnected: (shard) => this.#connected(shard),
      });
    const shards = new Shards(Array.from({ length: settings.shards }, (_, index) => makeShard(index)));
    const tell = (change: EntryChange): void => this.#tell(change);
    const entries = new Entries({ shards, versions, onGroundMoved, tell });
    const leases = new Leases({ clock, entries, background });
    this.reader = new RedisReader(shards, clock, versions);
    this.#clock = clock;
    this.#onGround = options.onGround ?? (() => undefined);
    this.shards = shards;
    this.#background = background;
    this.#entries = entries;
    this.#leases = leases;
    const settlements = new Settlements({ shards, entries, leases, random, delivery });
    this.#settlements = settlements;
    this.#mailboxes = new Mailboxes({
      shards,
      leases,
      timers,
      background,
      silenceMs: settings.silenceMs,
      giveBack: (given) => settlements.giveBack(given),
    });
    this.#claims = new Claims({ mailboxes: this.#mailboxes, settlements: this.#settlements, timers, background });
    const interceptor = (): Interceptor | undefined => this.#interceptor;
    const replicasWanted = settings.replicas?.atLeast;
    this.#publisher = new Publisher({
      shards,
      delivery,
      process,
      versions,
      replicasWanted,
      interceptor,
      onGroundMoved,
    });
    this.#orphans = new Orphans({ entries, leases, process });
    this.#notices = new Notices({
      entries,
      leases,
      mailboxes: this.#mailboxes,
      background,
      interceptor,
      tell,
      // Looking tells what commits have to rest on as well.
      sweep: (shard) => this.#sweeps.get(shard)?.now(),
    });
    for (const shard of shards.all) {
      const { silenceMs } = settings;
      this.#sweeps.set(shard, new Sweep({ shard, entries, leases, timers, random, delivery, silenceMs, background }));
    }
    this.#wakes = shards.all.map(
      (shard) =>
        new Wakes({
          settings,
          shard,
          process,
          tell: (word) => this.#notices.hear(word, shard),
          missed: () => this.#mailboxes.wakeAll(),
        }),
    );
  }

  get counts(): BrokerCounts {
    return this.shards.counts;
  }

  get capabilities(): BrokerCapabilities {
    return { durability: this.#durability, shared: true };
  }

  /** Connects, and looks at how the servers are set. @throws ConfigurationError; StoreError. */
  async prepare(): Promise<void> {
    await Promise.all(this.shards.all.map((shard) => shard.start()));
    this.#durability = await checkServers(this.shards.all);
  }

  async start(): Promise<void> {
    await this.prepare();
    await Promise.all([...this.#sweeps.values()].map((sweep) => sweep.start()));
    this.#started = true;
    this.#mailboxes.start();
    for (const wakes of this.#wakes) wakes.start();
  }

  append(admission: Admission): Promise<Appended> {
    return this.#publisher.append(admission);
  }

  claim(request: ClaimRequest, signal: AbortSignal): Promise<readonly Lease[]> {
    return this.#claims.claim(request, signal);
  }

  consume(consumer: Consumer): Consumption {
    return this.#claims.consume(consumer);
  }

  settle(proof: LeaseProof, outcome: Outcome): Promise<Entry> {
    return this.#settlements.settle(proof, outcome);
  }

  extend(proof: LeaseProof, leaseMs: number): Promise<Entry> {
    return this.#settlements.extend(proof, leaseMs);
  }

  rebind(proof: LeaseProof, verdict: Verdict, facts: readonly ConversationFact[] = []): Promise<Lease> {
    return this.#settlements.rebind(proof, verdict, facts);
  }

  async held(message: string): Promise<readonly Entry[]> {
    return (await this.reader.entries(message)).filter(({ state }) => state === 'held');
  }

  async decide(id: string, decision: HoldDecision): Promise<Entry> {
    const found = await this.#entries.find(id);
    if (found === undefined) throw notHeld();
    const { entry } = await this.#entries.change(
      found,
      (now) => {
        if (now.state !== 'held') throw notHeld();
        return decisionTransition(now, decision, 0);
      },
      decision.kind === 'release' ? { verdict: decision.verdict } : {},
    );
    return entry;
  }

  redrive(id: string, reason: string): Promise<Entry> {
    return this.#withDeadLetter(id, (entry) => {
      if (isPast(entry, this.#clock.now())) {
        throw new MessageError('MESSAGE_EXPIRED', 'The message has expired and cannot be delivered any more.');
      }
      return redriven(entry, 0, reason);
    });
  }

  drop(id: string, reason: string): Promise<Entry> {
    return this.#withDeadLetter(id, () => dropped(reason));
  }

  async abandon(recipient: AgentReference, reason: string): Promise<number> {
    const shard = this.shards.of(recipient.tenant);
    const key = `${shard.base}:u:${mailboxOf(recipient)}`;
    let abandoned = 0;
    // In steps: a mailbox may be long.
    for (;;) {
      const [, members] = await shard.read((client) => client.sscan(key, 0, 'COUNT', abandonStep));
      if (members.length === 0) return abandoned;
      const ended = await Promise.all(members.map((member) => this.#abandon(member, shard, reason)));
      abandoned += ended.filter(Boolean).length;
      if (!ended.some(Boolean)) return abandoned;
    }
  }

  recipients(): Promise<Iterable<AgentReference>> {
    return this.shards.collect(async (shard) => {
      const mailboxes = await shard.read((client) => client.smembers(`${shard.base}:mb`));
      return mailboxes.map(recipientOf);
    });
  }

  watch(listener: (change: EntryChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  intercept(interceptor: Interceptor): void {
    this.#interceptor = interceptor;
  }

  pause(): void {
    this.#claims.pause();
  }

  async close(): Promise<void> {
    this.pause();
    for (const sweep of this.#sweeps.values()) sweep[Symbol.dispose]();
    this.#mailboxes.close();
    await this.#background.idle();
    if (this.#started) await Promise.allSettled(this.shards.all.map((shard) => this.#leave(shard)));
    await Promise.all([...this.#wakes.map((wakes) => wakes.close()), ...this.shards.all.map((one) => one.close())]);
  }

  /** What this process has leased to its own consumers is others' at once. */
  async #leave(shard: Shard): Promise<void> {
    await shard.working.ask((into) => void into.push('b', '0'));
  }

  async #withDeadLetter(id: string, change: (entry: Entry) => Transition): Promise<Entry> {
    const found = await this.#entries.find(id);
    if (found === undefined) throw noDeadLetter();
    const { entry } = await this.#entries.change(found, (now) => {
      if (now.state !== 'dead') throw noDeadLetter();
      return change(now);
    });
    return entry;
  }

  async #abandon(member: string, shard: Shard, reason: string): Promise<boolean> {
    const found = await this.#entries.read(member, shard);
    if (found === undefined || isFinal(found.entry.state)) return false;
    await this.#entries.change(found, (now) => (isFinal(now.state) ? undefined : abandonedTransition(now, reason)));
    this.#leases.delete(member);
    return true;
  }

  #answered(shard: Shard, { nextDue, words, ground }: ShardAnswer): void {
    const sweep = this.#sweeps.get(shard);
    if (nextDue !== undefined) sweep?.due(nextDue);
    sweep?.checkBytes();
    for (const word of words) this.#notices.hear(word, shard);
    if (ground === this.#ground || ground === '' || shard !== this.shards.first) return;
    this.#ground = ground;
    this.#onGround(ground);
  }

  /** Of what was asked on a connection that was lost nobody knows what came of it. */
  #connected(shard: Shard): void {
    if (!this.#started) return;
    this.#sweeps.get(shard)?.now();
    this.#background.run('orphans', () => this.#orphans.giveBack(shard));
    this.#mailboxes.wakeAll();
  }

  #tell(change: EntryChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // The change is made, whatever a listener makes of it.
        this.#background.report('watch', error);
      }
    }
  }
}

/** Entries of a mailbox that are given up at a time. */
const abandonStep = 500;
