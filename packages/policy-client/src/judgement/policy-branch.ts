import type { Agent, Verdict } from '@charterbus/core-models';
import { type CacheCounts, CachedSnapshot } from '../cache/cached-snapshot.js';
import { deepFreeze } from '../cache/deep-freeze.js';
import { answeredFields } from '../engine/context-fields.js';
import type {
  EngineAnswer,
  EngineRequest,
  EngineSnapshot,
  PolicyRecord,
  RecipientReads,
} from '../engine/policy-engine.js';
import type { ConstitutionFacts, GatherOptions } from '../facts/constitution-facts.js';
import type { ToolHosts } from './action-fit.js';
import { Explanations } from './explanations.js';
import type { JudgementRequest } from './judgement-request.js';
import { type RecipientClasses, recipientClasses } from './recipient-classes.js';
import { type Parties, type Recalled, Recollection } from './recollection.js';
import { ruleOn } from './ruling.js';

/** A verdict but for what it binds. */
export type Said = Omit<Verdict, 'binds' | 'at'>;

const noNames: ReadonlySet<string> = new Set();
/** Pairs of agents whose messages are remembered by their kind. */
const mostPairs = 20_000;

/** By action, the facts that have to be worked out; of engines that cannot tell what they read, all. */
const wantedFacts = (snapshot: EngineSnapshot, facts: ConstitutionFacts): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(
    [...facts.actions.values()].map((action) => [
      action.name,
      snapshot.reads?.(action.name)?.facts ?? new Set(action.facts.keys()),
    ]),
  );

const anyReadsAnswered = (snapshot: EngineSnapshot, facts: ConstitutionFacts): boolean =>
  [...facts.actions.keys()].some((action) => {
    const reads = snapshot.reads?.(action);
    return reads === undefined || answeredFields.some((field) => reads.context.has(field));
  });

const recollectionOf = (cache: CachedSnapshot, wanted: GatherOptions['wanted']): Recollection =>
  new Recollection(
    cache,
    Recollection.pointsOf(cache, (point) => wanted(point).size > 0),
    mostPairs,
  );

/** One set of policies of a constitution: its own, or those of a variant. */
export class PolicyBranch {
  readonly variant: string | undefined;
  readonly snapshot: EngineSnapshot;
  /** By id, in the order of ids. */
  readonly policies: ReadonlyMap<string, PolicyRecord>;
  readonly wanted: GatherOptions['wanted'];
  readonly explanations: Explanations;
  /** Whether an answer can depend on the message that is answered. */
  readonly readsAnswered: boolean;
  /** What answers at `receive` can depend on of a recipient; absent where the engine cannot tell. */
  readonly #recipientReads: RecipientReads | undefined;
  /** Whether facts that it wants at `receive` can be others for another recipient. */
  readonly #factsOfRecipient: boolean;
  /** What was said of kinds of messages; absent where answers are not remembered. */
  readonly recollection: Recollection | undefined;
  readonly #cache: CachedSnapshot | undefined;
  /** What remembered answers come to, where neither facts nor approvals have a part in it. */
  readonly #known = new WeakMap<EngineAnswer, Said>();

  constructor(snapshot: EngineSnapshot, facts: ConstitutionFacts, variant?: string) {
    const records = snapshot.policies.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const wanted = wantedFacts(snapshot, facts);
    this.variant = variant;
    this.snapshot = snapshot;
    this.policies = new Map(records.map((policy) => [policy.id, policy]));
    this.wanted = (action) => wanted.get(action) ?? noNames;
    this.explanations = new Explanations(this.policies, facts.actions);
    this.readsAnswered = anyReadsAnswered(snapshot, facts);
    this.#recipientReads = snapshot.reads?.('receive')?.recipient;
    this.#factsOfRecipient = [...this.wanted('receive')].some((name) => facts.ofRecipient.has(name));
    this.#cache = snapshot instanceof CachedSnapshot ? snapshot : undefined;
    this.recollection = this.#cache && recollectionOf(this.#cache, this.wanted);
  }

  /** Absent where answers are never remembered. */
  get cacheCounts(): CacheCounts | undefined {
    return this.#cache?.counts;
  }

  /** Which recipients it cannot tell apart; nothing where the engine cannot tell what it reads of them. */
  recipientClasses(sender: Agent, hosts: ToolHosts): RecipientClasses | undefined {
    const reads = this.#recipientReads;
    if (reads === undefined) return undefined;
    return recipientClasses({ reads, sender, hosts, gathersEach: this.#factsOfRecipient });
  }

  /** What the engine has said before to a request that is in order; nothing where it must be asked. */
  recall(request: JudgementRequest, asked: EngineRequest): Said | undefined {
    const answer = this.#cache?.recall(asked);
    if (answer === undefined) return undefined;
    const plain = request.facts.digest === undefined && (request.approvals?.length ?? 0) === 0;
    if (!plain) return this.#said(answer, request);
    const said = this.#known.get(answer) ?? this.#learn(answer, request);
    if (said !== undefined) this.#recollect(request, asked, answer, said);
    return said;
  }

  /** What was said of messages of this kind between these two; nothing where anything else may matter. */
  recallKind({ sender, recipient, envelope }: Parties): Recalled | undefined {
    const { message } = envelope;
    const { to } = message;
    const known = this.recollection?.find(sender, recipient, message);
    if (known === undefined || !('agent' in to) || (this.readsAnswered && message.inReplyTo !== undefined)) return;
    const isBetween = sender.id === message.from && sender.tenant === message.tenant && recipient.tenant === to.tenant;
    return isBetween ? known : undefined;
  }

  #recollect(request: JudgementRequest, asked: EngineRequest, answer: EngineAnswer, said: Said): void {
    const { point, sender, recipient, message, answered } = request;
    // What is answered is looked up for each message anew: it is not of its kind.
    if (this.recollection === undefined || recipient === undefined || answered !== undefined) return;
    // What is for several is not of the kind of what is for one, whatever else they have in common.
    if (!('agent' in message.to)) return;
    if (asked.action !== point || (this.readsAnswered && message.inReplyTo !== undefined)) return;
    const key = this.#cache?.keyOfKept(asked);
    if (key !== undefined) this.recollection.add(point, { sender, recipient, message }, { key, answer, said });
  }

  #learn(answer: EngineAnswer, request: JudgementRequest): Said | undefined {
    const said = this.#said(answer, request);
    if (said !== undefined) this.#known.set(answer, deepFreeze(said));
    return said;
  }

  #said(answer: EngineAnswer, request: JudgementRequest): Said | undefined {
    const ruling = ruleOn(answer, this.policies, request);
    if (ruling.cause === 'error') return undefined;
    const { variant } = this;
    const chosen = variant === undefined ? {} : { variant };
    return { point: request.point, ...ruling, ...chosen, ...this.explanations.of(ruling, request.facts) };
  }
}

/** A judgement under way. */
export interface Question {
  /** Nothing where it cannot be told which policies judge. */
  readonly branch: PolicyBranch | undefined;
  readonly request: JudgementRequest;
  /** What the engine is asked, where that is known already. */
  readonly asked: EngineRequest | undefined;
}
