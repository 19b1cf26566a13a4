import type { DeliveryObligation, Digest, JudgementPoint } from '@charterbus/core-models';
import type { ActionDeclaration, FactValue } from '../facts/fact-value.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { ConstitutionSources } from '../source/read-sources.js';

/** What policies may see of an agent. */
export interface AgentView {
  readonly tenant: string;
  readonly id: string;
  readonly role?: string;
  readonly capabilities: readonly string[];
}

/** What policies may see of a message and its moment: derived scalars, never the payload. */
export interface ContextView {
  readonly messageType: string;
  readonly priority: string;
  /** 0 (low) to 3 (critical). */
  readonly priorityRank: number;
  /** Bytes of the content's JSON text in UTF-8. */
  readonly contentBytes: number;
  /** The message answers another one. */
  readonly isReply: boolean;
  /** The message was addressed to everyone in a tenant. */
  readonly toEveryone: boolean;
  /** The topic that the message was published to; absent where it was addressed otherwise. */
  readonly toTopic?: string;
  /** The capability that the message was addressed to; absent where it was addressed otherwise. */
  readonly toCapability?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /**
   * Whether the message that this one answers is the sender's own. This and the next two are told from what the bus has
   * committed, never from a claim; absent where the message answers none that is known.
   */
  readonly answersOwn?: boolean;
  /** The type of the message that is answered. */
  readonly answeredType?: string;
  /** The role of who sent the message that is answered; absent also where it has none. */
  readonly answeredRole?: string;
}

/** All that an engine gets for one judgement. Nothing else may influence its answer. */
export interface EngineRequest {
  readonly point: JudgementPoint;
  /** `send`, `receive`, or at `send` the name of the tool that the message calls. */
  readonly action: string;
  readonly sender: AgentView;
  /** Absent only at `send` to everyone, to a topic or to a capability. */
  readonly recipient?: AgentView;
  /** The tenant that is addressed. */
  readonly tenant: string;
  /** An engine that is pure gets of it what `reads` states for the action, and nothing else. */
  readonly context: ContextView;
  /** Facts of the action, by name: at least those that `reads` states; of an engine that is pure just those. */
  readonly facts: Readonly<Record<string, FactValue>>;
}

/** By name; always with `send` and `receive`. */
export type Actions = ReadonlyMap<string, ActionDeclaration>;

/** What of a recipient answers about `receive` can depend on, besides its tenant and whether it is the sender: at least that. */
export interface RecipientReads {
  readonly attributes: ReadonlySet<Exclude<keyof AgentView, 'tenant'>>;
  /** `tenant/agent` of those whom policies name. */
  readonly named: ReadonlySet<string>;
}

/** What the answers about one action can depend on, besides sender, recipient and tenant: at least those. */
export interface ActionReads {
  readonly context: ReadonlySet<keyof ContextView>;
  readonly facts: ReadonlySet<string>;
  /** Of `receive`, where the engine can tell: recipients who are alike in it are judged together. */
  readonly recipient?: RecipientReads;
}

/**
 * What a correct engine answers. Engines return `unknown`: the wrapper checks every answer for exactly this shape, and
 * whatever differs denies.
 */
export interface EngineAnswer {
  readonly decision: 'allow' | 'deny';
  /** Ids of the determining policies; empty when no policy permits. */
  readonly policies: readonly string[];
  /** Whatever went wrong. One error denies, whatever the decision says. */
  readonly errors: readonly string[];
  /** What an allow asks of the bus; what is no `Obligation` denies. Absent where nothing is asked. */
  readonly obligations?: readonly unknown[];
}

/** One policy as the engine read it. */
export interface PolicyRecord {
  readonly id: string;
  /** `rule`: it may allow as well as deny, as the rules of Rego do. */
  readonly effect: 'permit' | 'forbid' | 'rule';
  readonly file: string;
  /** From 1: where the policy begins. */
  readonly line: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** The name of the approval that a determining permit asks for. */
  readonly escalate?: string;
  /** What a determining permit asks of the bus at delivery. */
  readonly obligations?: readonly DeliveryObligation[];
  /** SHA-256 of the policy's source text. */
  readonly digest: Digest;
  /** The names of the facts that it may read, of whatever action; absent where the engine cannot tell. */
  readonly facts?: ReadonlySet<string>;
}

export interface EngineCapabilities {
  /** Equal requests get equal answers: no I/O, no clock, no state. */
  readonly pure: boolean;
  /** Answers at once instead of with a promise. */
  readonly synchronous: boolean;
}

/** A kind of engine. Making a snapshot never touches another one. */
export interface PolicyEngine {
  readonly kind: string;
  readonly capabilities: EngineCapabilities;
  /** Reads and checks the policies. Problems are returned, all of them; only an abort throws. */
  load(sources: ConstitutionSources, actions: Actions, signal: AbortSignal): Promise<EngineLoad>;
}

export type EngineLoad =
  | { readonly snapshot: EngineSnapshot; readonly problems: readonly [] }
  | { readonly snapshot?: never; readonly problems: readonly ConstitutionProblem[] };

/** The policies of one constitution, ready to judge; immutable. */
export interface EngineSnapshot {
  readonly policies: readonly PolicyRecord[];
  /**
   * What answers about an action can depend on: by that they are remembered, nothing else is handed over, and no other fact
   * is gathered. Absent, or `undefined` for an action, where the engine cannot tell; then all facts are gathered, and the
   * whole request, time and size included, is what answers are remembered by.
   */
  reads?(action: string): ActionReads | undefined;
  /** May throw, reject, never settle or answer nonsense: each of these denies this judgement and no other. */
  evaluate(request: EngineRequest, signal: AbortSignal): unknown;
  /**
   * Of engines that can be asked about several requests in one: an answer to each, in their order, as `evaluate` would
   * give it. One that fails denies what it is about, and nothing else.
   */
  evaluateMany?(requests: readonly EngineRequest[], signal: AbortSignal): Promise<readonly unknown[]>;
  /** Idempotent. Frees what the snapshot holds. */
  close(): Promise<void>;
}
