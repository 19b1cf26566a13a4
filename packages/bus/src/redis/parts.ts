import type { Clock, IdSource, RandomSource, Timers } from '@charterbus/core-models';
import { Background, type BackgroundErrorListener } from '@charterbus/recovery';
import type { EntryChange, Interceptor } from '../broker/broker.js';
import { type DeliveryOptions, defaultDeliveryOptions } from '../broker/delivery-options.js';
import { Claims } from './claims.js';
import { Decisions } from './decisions.js';
import { Entries } from './entries.js';
import { Leases } from './leases.js';
import { Mailboxes } from './mailboxes.js';
import { Notices } from './notices.js';
import type { RedisSettings } from './options.js';
import { Orphans } from './orphans.js';
import { Publisher } from './publisher.js';
import { RedisReader } from './reader.js';
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
  /** Told the number of what is remembered of subscriptions and pauses; see `RedisTopicRecords`. */
  readonly onTopics?: (number: string) => void;
  /** Called for each new connection to a shard after the start: it may be another store, or another state of it. */
  readonly onReconnected?: () => void;
  /** Whether whoever keeps the pauses tells them to the shards, so that `withhold` has nothing to do. */
  readonly pausesAreKept?: boolean;
}

/** What the parts tell the broker that they are of. */
export interface Hooks {
  readonly answered: (shard: Shard, answer: ShardAnswer) => void;
  readonly connected: (shard: Shard) => void;
  readonly tell: (change: EntryChange) => void;
  readonly interceptor: () => Interceptor | undefined;
}

const shardsOf = (options: RedisBrokerOptions, process: string, delivery: DeliveryOptions, hooks: Hooks): Shards => {
  const { settings, ids, serverTime = {} } = options;
  const all = Array.from(
    { length: settings.shards },
    (_, index) =>
      new Shard({
        settings,
        index,
        process,
        ids,
        agingMs: delivery.agingMs,
        mailboxLimit: delivery.mailboxLimit,
        tenantLimit: delivery.tenantLimit,
        totalLimit: Math.ceil(delivery.totalLimit / settings.shards),
        serverTime,
        onAnswer: hooks.answered,
        onConnected: hooks.connected,
      }),
  );
  return new Shards(all);
};

/** What gives leases, and what ends them. */
const leasingParts = (
  { clock, timers, random, settings }: RedisBrokerOptions,
  { shards, entries, background, delivery }: Base,
) => {
  const leases = new Leases({ clock, entries, background });
  const settlements = new Settlements({ shards, entries, leases, random, delivery });
  const giveBack: Settlements['giveBack'] = (given) => settlements.giveBack(given);
  const { silenceMs } = settings;
  const mailboxes = new Mailboxes({ shards, leases, timers, background, silenceMs, giveBack });
  const claims = new Claims({ mailboxes, settlements, timers, background });
  return { leases, settlements, mailboxes, claims };
};

interface Base {
  readonly shards: Shards;
  readonly entries: Entries;
  readonly background: Background;
  readonly delivery: DeliveryOptions;
}

/** What a broker on Redis is made of. */
export const makeParts = (options: RedisBrokerOptions, hooks: Hooks) => {
  const { settings, clock, timers, random, onGroundMoved = () => Promise.resolve() } = options;
  const delivery: DeliveryOptions = Object.freeze({ ...defaultDeliveryOptions, ...options.delivery });
  // A process that is opened anew is another one.
  const process = options.ids.next();
  const versions = new ConversationVersions();
  const background = new Background(options.onBackgroundError, options.timers);
  const shards = shardsOf(options, process, delivery, hooks);
  const { tell, interceptor } = hooks;
  const entries = new Entries({ shards, versions, onGroundMoved, tell });
  const leasing = leasingParts(options, { shards, entries, background, delivery });
  const { leases, mailboxes } = leasing;
  const { silenceMs, replicas } = settings;
  const sweeping = { entries, leases, timers, random, delivery, silenceMs, background };
  const sweeps = new Map(shards.all.map((shard) => [shard, new Sweep({ shard, ...sweeping })]));
  const sweep = (shard: Shard): void => sweeps.get(shard)?.now();
  const notices = new Notices({ entries, leases, mailboxes, background, interceptor, tell, sweep });
  const replicasWanted = replicas?.atLeast;
  const wakesOf = (shard: Shard): Wakes =>
    new Wakes({
      settings,
      shard,
      process,
      tell: (word) => notices.hear(word, shard),
      missed: () => mailboxes.wakeAll(),
    });
  return {
    ...leasing,
    background,
    shards,
    sweeps,
    notices,
    reader: new RedisReader(shards, clock, versions),
    entries,
    decisions: new Decisions({ shards, entries, leases, clock }),
    orphans: new Orphans({ entries, leases, process }),
    publisher: new Publisher({ shards, delivery, process, versions, replicasWanted, interceptor, onGroundMoved }),
    wakes: shards.all.map(wakesOf),
  };
};
