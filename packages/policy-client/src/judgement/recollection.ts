import {
  type Agent,
  agentKey,
  type Binding,
  type BoundRecipient,
  type Envelope,
  type JudgementPoint,
  type Message,
  type Verdict,
} from '@charterbus/core-models';
import type { CachedSnapshot } from '../cache/cached-snapshot.js';
import type { ContextView, EngineAnswer } from '../engine/policy-engine.js';
import type { Said } from './policy-branch.js';

/** What of the context follows from a message's kind, and hardly ever differs between two agents. */
const kindFields: ReadonlySet<keyof ContextView> = new Set([
  'messageType',
  'priority',
  'priorityRank',
  'isReply',
  'toEveryone',
]);

/** What was said at one point. */
export interface Answered {
  /** Under which the cache keeps the answer: whether it still does, and for how long, is its matter. */
  readonly key: string;
  readonly answer: EngineAnswer;
  readonly said: Said;
}

/** What was said, with room for what a verdict binds, so that all verdicts made of it have one form. */
interface Template extends Answered {
  readonly verdict: Verdict;
}

/** What is remembered of one kind of message between two agents. */
interface Known {
  readonly type: Message['type'];
  readonly priority: Message['priority'];
  readonly isReply: boolean;
  send: Template | undefined;
  receive: Template | undefined;
}

interface Recipient {
  readonly bound: BoundRecipient;
  known: readonly Known[];
}

/** Between two agents, the newest first: kinds of messages are few. */
const mostOfPair = 8;

/** A recipient as verdicts bind it, and what was said of a message of this kind to it. */
export interface Recalled {
  readonly bound: BoundRecipient;
  /** But for what they bind and their moment. */
  readonly send: Verdict;
  readonly receive: Verdict;
}

const nothing: Binding = Object.freeze({ messageDigest: '', constitutionDigest: '', dataVersion: '' });

const isFrozen = (agent: Agent): boolean => Object.isFrozen(agent) && Object.isFrozen(agent.capabilities);

/**
 * What the policies have said of messages of one kind between two agents, where nothing else can matter to them: no facts, no
 * size, no time. Found without making what an engine would be asked; most of what a remembered judgement costs is that.
 */
export class Recollection {
  readonly #cache: CachedSnapshot;
  readonly #points: ReadonlySet<JudgementPoint>;
  readonly #mostPairs: number;
  #pairs = new WeakMap<Agent, WeakMap<Agent, Recipient>>();
  #size = 0;

  /** @param points at which nothing else matters. */
  constructor(cache: CachedSnapshot, points: ReadonlySet<JudgementPoint>, mostPairs: number) {
    this.#cache = cache;
    this.#points = points;
    this.#mostPairs = mostPairs;
  }

  /** The points at which the answers depend on nothing but the two agents and the kind of the message. */
  static pointsOf(cache: CachedSnapshot, hasFacts: (point: JudgementPoint) => boolean): ReadonlySet<JudgementPoint> {
    const points = (['send', 'receive'] as const).filter((point) => {
      const reads = cache.reads(point);
      return reads !== undefined && !hasFacts(point) && [...reads.context].every((field) => kindFields.has(field));
    });
    return new Set(points);
  }

  /** What was said at both points; nothing where at either somebody has to be asked. */
  find(sender: Agent, recipient: Agent, message: Message): Recalled | undefined {
    const pair = this.#pairs.get(sender)?.get(recipient);
    const known = pair && ofKind(pair, message);
    if (pair === undefined || known?.send === undefined || known.receive === undefined) return undefined;
    const { send, receive } = known;
    if (this.#cache.find(send.key) !== send.answer || this.#cache.find(receive.key) !== receive.answer)
      return undefined;
    return { bound: pair.bound, send: send.verdict, receive: receive.verdict };
  }

  /** Takes in what was said of a message to one agent, where the cache keeps the answer. */
  add(
    point: JudgementPoint,
    { sender, recipient, message }: Omit<Parties, 'envelope'> & Pick<Envelope, 'message'>,
    answered: Answered,
  ): void {
    if (!this.#points.has(point) || !isFrozen(sender) || !isFrozen(recipient)) return;
    const pair = this.#pair(sender, recipient);
    let known = ofKind(pair, message);
    if (known === undefined) {
      const { type, priority } = message;
      known = { type, priority, isReply: message.inReplyTo !== undefined, send: undefined, receive: undefined };
      pair.known = [known, ...pair.known.slice(0, mostOfPair - 1)];
    }
    known[point] = { ...answered, verdict: { ...answered.said, binds: nothing, at: '' } };
  }

  #pair(sender: Agent, recipient: Agent): Recipient {
    const known = this.#pairs.get(sender)?.get(recipient);
    if (known !== undefined) return known;
    if (this.#size >= this.#mostPairs) {
      this.#pairs = new WeakMap();
      this.#size = 0;
    }
    const { tenant, id: agent, revision } = recipient;
    const pair: Recipient = { bound: { key: agentKey({ tenant, agent }), revision }, known: [] };
    const ofSender = this.#pairs.get(sender) ?? new WeakMap<Agent, Recipient>();
    this.#pairs.set(sender, ofSender.set(recipient, pair));
    this.#size += 1;
    return pair;
  }
}

/** A message and the two agents that it is between. */
export interface Parties {
  readonly sender: Agent;
  readonly recipient: Agent;
  readonly envelope: Pick<Envelope, 'message' | 'digest'>;
}

const ofKind = ({ known }: Recipient, { type, priority, inReplyTo }: Message): Known | undefined => {
  const isReply = inReplyTo !== undefined;
  for (const one of known) {
    if (one.type === type && one.priority === priority && one.isReply === isReply) return one;
  }
  return undefined;
};

/** A verdict made of one that was remembered, in its form. */
export const bound = (remembered: Verdict, binds: Binding, at: string): Verdict => {
  const verdict: { -readonly [Field in keyof Verdict]: Verdict[Field] } = { ...remembered };
  verdict.binds = binds;
  verdict.at = at;
  return verdict;
};
