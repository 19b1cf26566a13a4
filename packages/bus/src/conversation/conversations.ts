import { type Clock, ConstitutionalError, type Message, MessageError, StoreError } from '@charterbus/core-models';
import type { Observation } from '@charterbus/policy-client';
import { LRUCache } from 'lru-cache';
import type { BrokerReader } from '../broker/broker.js';
import type { ConversationFact } from '../broker/journal.js';
import { GroundMoved } from '../broker/moved.js';
import { type Eventual, promised, whenKnown } from '../eventual.js';
import { Conversation } from './conversation.js';
import { conversationKey } from './conversation-key.js';
import { type ConversationSource, ConversationView } from './conversation-view.js';
import {
  afterObservation,
  conversationLimits,
  everything,
  fromConversationFact,
  overflowedFact,
  type RememberedFact,
  toConversationFact,
} from './remembered-fact.js';

/** Code units of the conversations kept in memory that nobody is looking at. */
const mostIdle = 32 * 1024 * 1024;
/** Rounds of a message whose conversation moved on. After the first they take turns, so that each ends with somebody's commit. */
const mostRounds = 32;

/** What a commit answers when what the verdict rests on, conversation or constitution, has changed; nothing was written. */
export const movedOn: unique symbol = Symbol('What the verdict rests on has moved on.');

const conversationBusy = (): MessageError =>
  new MessageError('CONVERSATION_BUSY', 'The conversation moved on each time the message was judged.', {
    retryAfterMs: 1000,
  });

const constitutionChanged = (): ConstitutionalError =>
  new ConstitutionalError('CONSTITUTION_CHANGED', 'The constitution changed each time the message was judged.', {
    retryAfterMs: 1000,
  });

/** One judgement and its commit; without a view where the message belongs to no conversation. */
export type Round<T> = (view: ConversationView | undefined) => Eventual<T | typeof movedOn>;

const factsOf = (stored: readonly ConversationFact[]): Map<string, RememberedFact> =>
  new Map(stored.map((fact) => [fact.about, fromConversationFact(fact)]));

const recalled = (key: string, stored: readonly ConversationFact[]): Conversation =>
  new Conversation(key, factsOf(stored));

type Write<T> = (facts: readonly ConversationFact[]) => Eventual<T>;

const noFacts: readonly ConversationFact[] = Object.freeze([]);

export interface ConversationsOptions {
  readonly reader: Pick<BrokerReader, 'conversationFacts'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether others change conversations too, so that each round looks them up anew, before it begins. */
  readonly shared?: boolean;
  /** How long a fact is remembered after its last change, as the constitution in force says. */
  readonly keepMs: () => number;
}

/** What a verdict rests on besides the conversation: the constitution. */
export interface Ground {
  /** Resolves when it is settled whether it has changed; absent where it is. */
  readonly busy: Promise<unknown> | undefined;
  /** Whether it has changed. */
  readonly moved: boolean;
  /** Writes so that it cannot change before that has ended. Begins in the turn in which it is called. */
  commit<T>(write: () => Eventual<T>): Eventual<T>;
}

/** Waits until it is settled whether the ground has changed. */
const commitOnce = async <T>(ground: Ground, write: () => Eventual<T>): Promise<T | typeof movedOn> => {
  for (let busy = ground.busy; busy !== undefined; busy = ground.busy) await busy;
  return ground.moved ? movedOn : ground.commit(write);
};

/**
 * What allowed messages made known, by conversation. Verdicts that rest on it are committed only while it still is so:
 * of two messages that would exclude each other, the second is judged again in the light of the first.
 */
export class Conversations {
  readonly #options: ConversationsOptions;
  readonly #open = new Map<string, Conversation>();
  readonly #idle = new LRUCache<string, Conversation>({
    maxSize: mostIdle,
    sizeCalculation: ({ weight }) => weight,
  });

  readonly #source: ConversationSource;

  constructor(options: ConversationsOptions) {
    this.#options = options;
    this.#source = {
      clock: options.clock,
      take: (key) => this.#take(key),
      giveBack: (conversation) => this.#giveBack(conversation),
    };
  }

  /**
   * Judges and commits: `round` is called again, with a view of its own, as long as it answers `movedOn`.
   *
   * @throws MessageError `CONVERSATION_BUSY`, or where there is no conversation ConstitutionalError
   * `CONSTITUTION_CHANGED`, after many rounds; what `round` throws.
   */
  settle<T>(message: Message, round: Round<T>): Eventual<T> {
    const first = message.conversationId === undefined ? round(undefined) : this.#round(message, round);
    return whenKnown(first, (outcome) => (outcome === movedOn ? this.#settleInTurn(message, round) : outcome));
  }

  /** As `settle`, of a message without a conversation whose first round is under way; `round` is for those that follow. */
  async goOn<T>(message: Message, first: Promise<T | typeof movedOn>, round: Round<T>): Promise<T> {
    const outcome = await first;
    return outcome === movedOn ? this.#settleInTurn(message, round) : outcome;
  }

  async #settleInTurn<T>(message: Message, round: Round<T>): Promise<T> {
    for (let count = 1; count < mostRounds; count++) {
      const outcome = await this.#inTurn(message, round);
      if (outcome !== movedOn) return outcome;
    }
    throw conversationKey(message) === undefined ? constitutionChanged() : conversationBusy();
  }

  /**
   * Writes what rests on the view and the ground together with what becomes known by it: both, or neither. Waits for
   * changes of the same things that are under way.
   *
   * @param write begins to write in the turn in which it is called.
   * @throws what `write` throws.
   */
  commit<T>(
    view: ConversationView | undefined,
    observations: readonly Observation[],
    ground: Ground,
    write: Write<T>,
  ): Eventual<T | typeof movedOn> {
    const committed = this.#commitHere(view, observations, ground, write);
    if (this.#options.shared !== true || !(committed instanceof Promise)) return committed;
    return committed.catch((error: unknown) => this.#movedElsewhere(error, view?.key));
  }

  #commitHere<T>(
    view: ConversationView | undefined,
    observations: readonly Observation[],
    ground: Ground,
    write: Write<T>,
  ): Eventual<T | typeof movedOn> {
    if (view !== undefined && view.asked.size + observations.length > 0) {
      return this.#commit(view, observations, ground, write);
    }
    const writeAlone = (): Eventual<T> => write(noFacts);
    if (ground.busy !== undefined) return commitOnce(ground, writeAlone);
    return ground.moved ? movedOn : ground.commit(writeAlone);
  }

  /** What another process has changed is known here before the next round. */
  async #movedElsewhere(error: unknown, key: string | undefined): Promise<typeof movedOn> {
    if (!(error instanceof GroundMoved)) throw error;
    await error.followed;
    if (key === undefined) return movedOn;
    this.#idle.delete(key);
    const stored = await this.#options.reader.conversationFacts(key);
    this.#open.get(key)?.replace(factsOf(stored));
    return movedOn;
  }

  /** A look at a message's conversation on which nothing rests. Dispose it. */
  look(message: Message): ConversationView | undefined {
    return this.#view(message);
  }

  async #commit<T>(
    view: ConversationView,
    observations: readonly Observation[],
    ground: Ground,
    write: Write<T>,
  ): Promise<T | typeof movedOn> {
    const { conversation } = view;
    const abouts = new Set([...view.asked, ...observations.map(({ about }) => about)]);
    if (observations.length > 0) abouts.add(everything);
    const busyNow = (): Promise<unknown> | undefined => ground.busy ?? conversation.busy(abouts);
    for (let busy = busyNow(); busy !== undefined; busy = busyNow()) await busy;
    if (ground.moved || view.moved) return movedOn;
    const facts = this.#after(view, observations);
    const stored = [...facts].map(([about, fact]) => toConversationFact(conversation.key, about, fact));
    const written = promised(() => ground.commit(() => write(stored)));
    if (facts.size > 0) conversation.change(facts, written);
    return written;
  }

  async #inTurn<T>(message: Message, round: Round<T>): Promise<T | typeof movedOn> {
    using held = this.#view(message);
    if (this.#options.shared === true && held !== undefined) await this.#recallAhead(held.key);
    using _turn = await held?.conversation.turn();
    return await this.#round(message, round);
  }

  async #round<T>(message: Message, round: Round<T>): Promise<T | typeof movedOn> {
    using view = this.#view(message);
    if (this.#options.shared === true && view !== undefined) await this.#recallAhead(view.key);
    return await round(view);
  }

  #view(message: Message): ConversationView | undefined {
    const key = conversationKey(message);
    return key === undefined ? undefined : new ConversationView(message.id, key, this.#source);
  }

  #take(key: string): Conversation {
    const conversation = this.#open.get(key) ?? this.#idle.get(key) ?? this.#recall(key);
    this.#idle.delete(key);
    this.#open.set(key, conversation);
    conversation.users += 1;
    return conversation;
  }

  #giveBack(conversation: Conversation): void {
    conversation.users -= 1;
    if (conversation.users > 0) return;
    this.#open.delete(conversation.key);
    this.#idle.set(conversation.key, conversation);
  }

  /** @throws StoreError `STORE_UNAVAILABLE` where the look-up was not made ahead and takes its time. */
  #recall(key: string): Conversation {
    const stored = this.#options.reader.conversationFacts(key);
    if (!(stored instanceof Promise)) return recalled(key, stored);
    throw new StoreError('STORE_UNAVAILABLE', 'What is known of the conversation is not at hand.');
  }

  async #recallAhead(key: string): Promise<void> {
    if (this.#open.has(key)) return;
    const stored = await this.#options.reader.conversationFacts(key);
    if (!this.#open.has(key)) this.#idle.set(key, recalled(key, stored));
  }

  /** What is known once the observations are. */
  #after(
    { conversation, message }: ConversationView,
    observations: readonly Observation[],
  ): ReadonlyMap<string, RememberedFact> {
    const now = this.#options.clock.now();
    const until = now + this.#options.keepMs();
    const facts = new Map<string, RememberedFact>();
    for (const observation of observations) {
      const { about } = observation;
      const before = facts.get(about) ?? conversation.fact(about, now);
      const full = before === undefined && conversation.size + facts.size >= conversationLimits.facts;
      if (full) facts.set(everything, overflowedFact(until));
      else facts.set(about, afterObservation(before, observation, { message, until }));
    }
    return facts;
  }
}
