import { StoreError } from '@charterbus/core-models';
import { Background } from '@charterbus/recovery';
import { pausesOf } from '../stops/stops.js';
import { stopLeafSubject } from '../topics/memory-topic-records.js';
import {
  type StopRecord,
  type SubscriptionRecord,
  stopKey,
  subscriptionKey,
  type TopicChange,
  type TopicRecords,
} from '../topics/topic-records.js';
import { Turns } from '../turns.js';
import type { Shards } from './shards.js';
import { withholdIn } from './withholding.js';

type Listener = (change: TopicChange) => void;

/** The first line is what a subscription must have to be ended by whoever ends it: its agent's revision. */
const pack = (record: SubscriptionRecord | StopRecord, revision = ''): string =>
  `${revision}\n${JSON.stringify(record)}`;

const unpack = <T>(text: string): T => {
  try {
    return Object.freeze(JSON.parse(text.slice(text.indexOf('\n') + 1)) as T);
  } catch {
    throw new StoreError('STORE_CORRUPT', 'The store is damaged: a subscription or a pause cannot be read.');
  }
};

interface Change {
  readonly sign: '+' | '-';
  readonly name: 'subscriptions' | 'pauses';
  readonly value: string;
}

/** What is remembered, by key, as it was told to whoever follows. */
class View {
  readonly subscriptions = new Map<string, SubscriptionRecord>();
  readonly pauses = new Map<string, StopRecord>();

  /** What it means for whoever follows; nothing where it is known already. */
  take({ sign, name, value }: Change): TopicChange | undefined {
    return name === 'subscriptions'
      ? this.#takeSubscription(sign, unpack<SubscriptionRecord>(value))
      : this.#takeStop(sign, unpack<StopRecord>(value));
  }

  #takeSubscription(sign: Change['sign'], subscription: SubscriptionRecord): TopicChange | undefined {
    const key = subscriptionKey(subscription);
    const known = this.subscriptions.get(key);
    if (sign === '+') {
      if (known?.revision === subscription.revision && known.since === subscription.since) return undefined;
      this.subscriptions.set(key, subscription);
      return { kind: 'subscribed', subscription };
    }
    if (known?.revision !== subscription.revision) return undefined;
    this.subscriptions.delete(key);
    return { kind: 'unsubscribed', subscription };
  }

  #takeStop(sign: Change['sign'], pause: StopRecord): TopicChange | undefined {
    const key = stopKey(pause);
    const known = this.pauses.get(key);
    if (sign === '+') {
      if (known?.since === pause.since && known.reason === pause.reason) return undefined;
      this.pauses.set(key, pause);
      return { kind: 'paused', pause };
    }
    return this.pauses.delete(key) ? { kind: 'resumed', pause } : undefined;
  }

  /** The changes that make it what is stored. */
  differences(subscriptions: readonly string[], pauses: readonly string[]): readonly Change[] {
    const [kept, stopped] = [new Set<string>(), new Set<string>()];
    for (const text of subscriptions) kept.add(subscriptionKey(unpack<SubscriptionRecord>(text)));
    for (const text of pauses) stopped.add(stopKey(unpack<StopRecord>(text)));
    const gone = [...this.subscriptions].filter(([key]) => !kept.has(key));
    const resumed = [...this.pauses].filter(([key]) => !stopped.has(key));
    return [
      ...gone.map(([, record]) => ({ sign: '-', name: 'subscriptions', value: pack(record) }) as const),
      ...resumed.map(([, record]) => ({ sign: '-', name: 'pauses', value: pack(record) }) as const),
      ...subscriptions.map((value) => ({ sign: '+', name: 'subscriptions', value }) as const),
      ...pauses.map((value) => ({ sign: '+', name: 'pauses', value }) as const),
    ];
  }
}

const changeOf = (text: string): Change => {
  // The number comes first.
  const [, sign, name, value] = /^\d+ ([+-]) (\w+)\n([^]*)$/.exec(text) ?? [];
  if (value === undefined)
    throw new StoreError('STORE_CORRUPT', 'The store is damaged: a change of topics cannot be read.');
  return { sign: sign as Change['sign'], name: name as Change['name'], value };
};

/**
 * Remembers subscriptions and pauses for all processes, in the first shard. What changes has a number, which every answer of
 * that shard tells: whoever hears another one than it knows looks what has changed. Pauses are told to the shards from here,
 * under the number of what is kept, so that of two processes none takes back what the other has paused.
 */
export class RedisTopicRecords implements TopicRecords {
  readonly #shards: Shards;
  readonly #background: Background;
  readonly #view = new View();
  #known = '0';
  #listener: Listener | undefined;
  readonly #turns = new Turns();
  #looking = false;
  /** Whether the shards may not know what is paused. */
  #isToTell = true;

  /** @param report told of what could not be followed. */
  constructor(shards: Shards, report: (error: unknown) => void) {
    this.#shards = shards;
    this.#background = new Background((_task, error) => report(error));
  }

  /** Loads what is remembered, and sees to it that it holds. @throws StoreError. */
  open(): Promise<void> {
    return this.#turns.take(() => this.#follow());
  }

  subscriptions(): readonly SubscriptionRecord[] {
    return [...this.#view.subscriptions.values()];
  }

  async subscribe(subscription: SubscriptionRecord): Promise<void> {
    await this.#change([{ sign: '+', name: 'subscriptions', value: pack(subscription, subscription.revision) }]);
  }

  async unsubscribe(subscriptions: readonly SubscriptionRecord[]): Promise<void> {
    if (subscriptions.length === 0) return;
    await this.#change(
      subscriptions.map((one) => ({ sign: '-', name: 'subscriptions', value: pack(one, one.revision) })),
    );
  }

  pauses(): readonly StopRecord[] {
    return [...this.#view.pauses.values()];
  }

  async pause(pause: StopRecord, leaf: string): Promise<void> {
    await this.#change([{ sign: '+', name: 'pauses', value: pack(pause) }], { subject: stopLeafSubject(pause), leaf });
    await this.#turns.take(() => this.#follow());
  }

  async resume(pause: StopRecord, leaf: string): Promise<void> {
    await this.#change([{ sign: '-', name: 'pauses', value: pack(pause) }], { subject: stopLeafSubject(pause), leaf });
    await this.#turns.take(() => this.#follow());
  }

  async note(subject: string, leaf: string): Promise<void> {
    await this.#change([], { subject, leaf });
  }

  follow(listener: Listener): Disposable {
    this.#listener = listener;
    this.#look();
    return {
      [Symbol.dispose]: () => {
        this.#listener = undefined;
      },
    };
  }

  /** Told the number of what is kept with every answer. Whoever does not follow yet must not miss what it would be told. */
  heard(number: string): void {
    const isBehind = number !== this.#known || this.#isToTell;
    if (isBehind && this.#listener !== undefined) this.#look();
  }

  /** A shard may have lost what it was told; where it has not, it keeps what it knows. */
  tellAgain(): void {
    this.#isToTell = true;
    this.#look();
  }

  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    const looked = this.#turns.take(() => {
      this.#looking = false;
      return this.#follow();
    });
    this.#background.track('follow topics', looked);
  }

  async #change(
    changes: readonly Change[],
    { subject, leaf }: { readonly subject: string; readonly leaf: string } = { subject: '', leaf: '' },
  ): Promise<void> {
    await this.#shards.first.working.ask((into) => {
      into.push('n', subject, leaf, String(changes.length));
      for (const { sign, name, value } of changes) {
        into.push(sign, name, keyOf(name, value), value, value.slice(0, value.indexOf('\n')));
      }
    });
    for (const change of changes) this.#view.take(change);
  }

  /** What others have changed, told in its order; what is paused, told to the shards. */
  async #follow(): Promise<void> {
    const [number, kind, first, second] = await this.#shards.first.working.ask(
      (into) => void into.push('y', this.#known),
    );
    const texts = first as readonly string[];
    const changes = kind === 'all' ? this.#view.differences(texts, second as readonly string[]) : texts.map(changeOf);
    for (const change of changes) {
      const told = this.#view.take(change);
      if (told !== undefined) this.#listener?.(told);
    }
    this.#known = String(number);
    this.#isToTell ||= changes.some(({ name }) => name === 'pauses');
    if (!this.#isToTell) return;
    await withholdIn(this.#shards, pausesOf(this.#view.pauses.values()), this.#known);
    this.#isToTell = false;
  }
}

const keyOf = (name: Change['name'], value: string): string =>
  name === 'subscriptions' ? subscriptionKey(unpack<SubscriptionRecord>(value)) : stopKey(unpack<StopRecord>(value));
