import type { Clock } from '@charterbus/core-models';
import type { ConversationReader, Remembered } from '@charterbus/policy-client';
import type { Conversation } from './conversation.js';
import { everything, type RememberedFact } from './remembered-fact.js';

const nothing: Remembered = Object.freeze({ values: Object.freeze([]), overflowed: false });
const tooMuch: Remembered = Object.freeze({ values: Object.freeze([]), overflowed: true });

/** What a message may know of it: a call does not count itself among the earlier ones, should it be judged again. */
const asKnownTo = (message: string, { keeps, noted, overflowed }: RememberedFact): Remembered => {
  const others = keeps === 'latest' ? noted : noted.filter((one) => one.message !== message);
  return { values: others.map(({ value }) => value), overflowed };
};

/** Where views get the conversation, once they need it. */
export interface ConversationSource {
  readonly clock: Pick<Clock, 'now'>;
  take(key: string): Conversation;
  giveBack(conversation: Conversation): void;
}

/** A conversation as it stood at one moment; nothing that is read of it is remembered. */
class FrozenConversation implements ConversationReader {
  readonly #message: string;
  readonly #facts: ReadonlyMap<string, RememberedFact>;
  readonly #now: number;

  constructor(message: string, facts: ReadonlyMap<string, RememberedFact>, now: number) {
    this.#message = message;
    this.#facts = facts;
    this.#now = now;
  }

  read(about: string): Remembered {
    const fact = this.#fact(about);
    if (fact !== undefined) return asKnownTo(this.#message, fact);
    return this.#fact(everything) === undefined ? nothing : tooMuch;
  }

  #fact(about: string): RememberedFact | undefined {
    const fact = this.#facts.get(about);
    return fact === undefined || fact.until <= this.#now ? undefined : fact;
  }
}

/**
 * One judgement's look at a conversation: it remembers what it has read, also what was not there, and can tell whether
 * any of it has changed since. Costs nothing until something is read.
 */
export class ConversationView implements ConversationReader, Disposable {
  /** The message that is judged. */
  readonly message: string;
  readonly key: string;
  readonly #source: ConversationSource;
  /** By what was asked for; the state at the first question counts. */
  readonly #reads = new Map<string, RememberedFact | undefined>();
  #conversation: Conversation | undefined;

  constructor(message: string, key: string, source: ConversationSource) {
    this.message = message;
    this.key = key;
    this.#source = source;
  }

  get conversation(): Conversation {
    this.#conversation ??= this.#source.take(this.key);
    return this.#conversation;
  }

  read(about: string): Remembered {
    const fact = this.#read(about);
    if (fact !== undefined) return asKnownTo(this.message, fact);
    return this.#read(everything) === undefined ? nothing : tooMuch;
  }

  /** What was asked for. */
  get asked(): ReadonlySet<string> {
    return new Set(this.#reads.keys());
  }

  /** The conversation as it stands now, where anything of it was read; for whoever judges the same once more. */
  frozen(): ConversationReader | undefined {
    if (this.#reads.size === 0) return undefined;
    return new FrozenConversation(this.message, this.conversation.facts, this.#source.clock.now());
  }

  /** Whether something that was read is no longer so. */
  get moved(): boolean {
    const now = this.#source.clock.now();
    for (const [about, fact] of this.#reads) if (this.conversation.fact(about, now) !== fact) return true;
    return false;
  }

  [Symbol.dispose](): void {
    if (this.#conversation !== undefined) this.#source.giveBack(this.#conversation);
    this.#conversation = undefined;
  }

  #read(about: string): RememberedFact | undefined {
    const fact = this.conversation.fact(about, this.#source.clock.now());
    if (!this.#reads.has(about)) this.#reads.set(about, fact);
    return fact;
  }
}
