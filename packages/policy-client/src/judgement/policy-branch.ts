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
import { ruleOn } from './ruling.js';

/** A verdict but for what it binds. */
export type Said = Omit<Verdict, 'binds' | 'at'>;

const noNames: ReadonlySet<string> = new Set();

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
    return plain ? (this.#known.get(answer) ?? this.#learn(answer, request)) : this.#said(answer, request);
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
