import {
  agentKey,
  type Binding,
  type Clock,
  type ConstitutionManifest,
  type Digest,
  type MessageLimits,
  type Timers,
  type Verdict,
} from '@charterbus/core-models';
import { type CacheCounts, CachedSnapshot } from './cache/cached-snapshot.js';
import { deepFreeze } from './cache/deep-freeze.js';
import { TimeBuckets } from './cache/time-buckets.js';
import { answeredFields } from './engine/context-fields.js';
import type { EngineAnswer, EngineRequest, EngineSnapshot, PolicyRecord } from './engine/policy-engine.js';
import type { AllowedMessage, ConstitutionFacts, GatherOptions, StatedWorld } from './facts/constitution-facts.js';
import type { Observation } from './facts/conversation.js';
import type { FactSubject, GatheredFacts, WantingFacts } from './facts/gathered-facts.js';
import { misfit, type ToolHosts, toolHosts } from './judgement/action-fit.js';
import { ask, type Deadline } from './judgement/ask.js';
import { type Explanation, Explanations } from './judgement/explanations.js';
import { gather } from './judgement/gather.js';
import { AgentViews, contradiction, engineRequest, type JudgementRequest } from './judgement/judgement-request.js';
import { failedRuling, type Ruling, ruleOn, timedOutRuling, wantingRuling } from './judgement/ruling.js';
import { Stamps } from './judgement/stamps.js';

/** A judgement that failed for a reason that its verdict does not tell: for logs, never for senders. */
export interface JudgementFault {
  readonly request: JudgementRequest;
  /** What the engine threw or answered, why facts are wanting, or what is contradictory in the request. */
  readonly cause: unknown;
}

export interface ConstitutionParts {
  readonly manifest: ConstitutionManifest;
  /** The full constitutional hash. */
  readonly hash: Digest;
  readonly shortHash: string;
  readonly dataVersion: Digest;
  readonly snapshot: EngineSnapshot;
  readonly facts: ConstitutionFacts;
  readonly clock: Pick<Clock, 'now'>;
  /** What policies see as now, in milliseconds since the epoch. Default: what the manifest pins, else the clock. */
  readonly moment?: number;
  readonly timers: Timers;
  readonly onFault?: (fault: JudgementFault) => void;
}

/** A constitution in a stated world, or what is wrong with what is stated. */
export type ConstitutionInWorld =
  | { readonly constitution: Constitution; readonly problems?: never }
  | { readonly constitution?: never; readonly problems: readonly string[] };

const momentOf = ({ clock }: ConstitutionManifest): number | undefined =>
  clock === 'bus' ? undefined : Date.parse(clock.pinned);

/** By action, the facts that have to be worked out; of engines that cannot tell what they read, all. */
const wantedFacts = ({ snapshot, facts }: ConstitutionParts): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(
    [...facts.actions.values()].map((action) => [
      action.name,
      snapshot.reads?.(action.name)?.facts ?? new Set(action.facts.keys()),
    ]),
  );

const noNames: ReadonlySet<string> = new Set();

const anyReadsAnswered = ({ snapshot, facts }: ConstitutionParts): boolean =>
  [...facts.actions.keys()].some((action) => {
    const reads = snapshot.reads?.(action);
    return reads === undefined || answeredFields.some((field) => reads.context.has(field));
  });

/** A verdict but for what it binds. */
type Said = Omit<Verdict, 'binds' | 'at'>;

/**
 * A constitution in force: immutable, and the only thing that may turn an engine's answer into a verdict.
 *
 * It cannot fail open: a verdict is `allow` or `escalate` only where the engine answered in exactly the right shape, in
 * time, without an error, and named at least one policy, all of them permits of this constitution.
 */
export class Constitution implements AsyncDisposable {
  readonly manifest: ConstitutionManifest;
  /** The full constitutional hash, which verdicts, caches and approvals bind. */
  readonly hash: Digest;
  /** What messages carry as attestation: computed from the hash when sealed, given when pinned. */
  readonly shortHash: string;
  /** The digest over `data/`, and where there are external data slots over these as well. */
  readonly dataVersion: Digest;
  /** By id, in the order of ids. */
  readonly policies: ReadonlyMap<string, PolicyRecord>;
  /** Whether a verdict can depend on the message that is answered, so that `judge` needs `answered`. */
  readonly readsAnswered: boolean;
  readonly #parts: ConstitutionParts;
  readonly #moment: number | undefined;
  readonly #wanted: GatherOptions['wanted'];
  readonly #deadline: Deadline;
  readonly #asksOutside: boolean;
  readonly #hosts: ToolHosts;
  readonly #explanations: Explanations;
  readonly #buckets: TimeBuckets;
  readonly #cache: CachedSnapshot | undefined;
  readonly #views = new AgentViews();
  readonly #stamps = new Stamps();
  /** What remembered answers come to, where neither facts nor approvals have a part in it. */
  readonly #known = new WeakMap<EngineAnswer, Said>();

  constructor(parts: ConstitutionParts) {
    this.#parts = parts;
    this.manifest = parts.manifest;
    this.hash = parts.hash;
    this.shortHash = parts.shortHash;
    this.dataVersion = parts.dataVersion;
    const records = parts.snapshot.policies.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    this.policies = new Map(records.map((policy) => [policy.id, policy]));
    this.readsAnswered = anyReadsAnswered(parts);
    this.#moment = parts.moment ?? momentOf(parts.manifest);
    const wanted = wantedFacts(parts);
    this.#wanted = (action) => wanted.get(action) ?? noNames;
    this.#deadline = { milliseconds: parts.manifest.thresholds.judgementMilliseconds, timers: parts.timers };
    this.#asksOutside = Object.keys(parts.manifest.facts.providers).length > 0;
    this.#hosts = toolHosts(parts.manifest);
    this.#explanations = new Explanations(this.policies, parts.facts.actions);
    this.#buckets = new TimeBuckets(parts.manifest);
    this.#cache = parts.snapshot instanceof CachedSnapshot ? parts.snapshot : undefined;
  }

  get name(): string {
    return this.manifest.name;
  }

  get revision(): number {
    return this.manifest.revision;
  }

  get limits(): MessageLimits {
    return this.manifest.limits;
  }

  /** The version (SHA-256 of the bytes) of each external data slot. */
  get slots(): Readonly<Record<string, Digest>> {
    return this.#parts.facts.slots;
  }

  /** What was remembered and asked so far; absent where the engine's answers are never remembered. */
  get cacheCounts(): CacheCounts | undefined {
    return this.#cache?.counts;
  }

  /**
   * The facts that applicable policies may read, for `judge`. Answers at once unless somebody outside has to be asked.
   * Never throws or rejects: what cannot be told, or not by the deadline of a judgement, is wanting, and denies.
   */
  gatherFacts(subject: FactSubject, signal: AbortSignal): GatheredFacts | Promise<GatheredFacts> {
    const now = this.#buckets.begin(this.#moment ?? this.#parts.clock.now());
    const options = { now, wanted: this.#wanted };
    const call = { subject, options, deadline: this.#deadline, asksOutside: this.#asksOutside };
    return gather(this.#parts.facts, call, signal);
  }

  /** What an allowed message adds to what is known of its conversation. */
  observe(allowed: AllowedMessage): readonly Observation[] {
    return this.#parts.facts.observe(allowed);
  }

  /**
   * The verdict on one message at one point; at once where the engine's answer is remembered. Never throws or rejects for
   * anything that an engine does or that stands under `facts`; an abort and a missed deadline are a deny with
   * `POLICY_TIMEOUT`.
   */
  judge(request: JudgementRequest, signal: AbortSignal): Verdict | Promise<Verdict> {
    const now = this.#parts.clock.now();
    const said = this.#recall(request, signal);
    return said === undefined ? this.#judge(request, signal, now) : this.#verdict(said, request, now);
  }

  /** The same constitution at another moment in another world, over the same engine: for policy tests. Closing one closes both. */
  inWorld({ now, world }: { readonly now: number; readonly world: StatedWorld }): ConstitutionInWorld {
    const made = this.#parts.facts.withWorld(world);
    if ('problems' in made) return made;
    const clock = { now: () => now };
    return { constitution: new Constitution({ ...this.#parts, clock, moment: now, facts: made.facts }) };
  }

  /** Idempotent. A judgement after it denies. */
  close(): Promise<void> {
    return this.#parts.snapshot.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #judge(request: JudgementRequest, signal: AbortSignal, now: number): Promise<Verdict> {
    const ruling = await this.#rule(request, signal);
    return this.#verdict({ point: request.point, ...this.#explained(ruling, request) }, request, now);
  }

  #verdict(said: Said, request: JudgementRequest, now: number): Verdict {
    return { ...said, binds: this.#bindingOf(request), at: this.#stamps.of(now) };
  }

  /** What the engine has said before to a request that is in order. Whatever is not plainly so takes the long way. */
  #recall(request: JudgementRequest, signal: AbortSignal): Said | undefined {
    const cache = this.#cache;
    if (cache === undefined || signal.aborted) return undefined;
    try {
      if (this.#unfit(request) !== undefined) return undefined;
      const answer = cache.recall(this.#engineRequest(request));
      if (answer === undefined) return undefined;
      const plain = request.facts.digest === undefined && (request.approvals?.length ?? 0) === 0;
      return plain ? (this.#known.get(answer) ?? this.#learn(answer, request)) : this.#said(answer, request);
    } catch {
      // Judged in full, so that the fault is told.
      return undefined;
    }
  }

  #learn(answer: EngineAnswer, request: JudgementRequest): Said | undefined {
    const said = this.#said(answer, request);
    if (said !== undefined) this.#known.set(answer, deepFreeze(said));
    return said;
  }

  #said(answer: EngineAnswer, request: JudgementRequest): Said | undefined {
    const ruling = ruleOn(answer, this.policies, request);
    if (ruling.cause === 'error') return undefined;
    return { point: request.point, ...ruling, ...this.#explanations.of(ruling, request.facts) };
  }

  #engineRequest(request: JudgementRequest): EngineRequest {
    return engineRequest(request, this.#views, this.#buckets.begin(request.facts.now));
  }

  /** What is wrong with a request, whatever the policies say. */
  #unfit(request: JudgementRequest): string | WantingFacts | undefined {
    return contradiction(request) ?? request.facts.wanting ?? misfit(request, this.#hosts);
  }

  async #rule(request: JudgementRequest, signal: AbortSignal): Promise<Ruling> {
    try {
      const unfit = this.#unfit(request);
      if (typeof unfit === 'string') return this.#fault(request, unfit);
      if (unfit !== undefined) return this.#want(request, unfit);
      const asked = await ask(this.#parts.snapshot, this.#engineRequest(request), this.#deadline, signal);
      if (asked.outcome === 'timeout') return timedOutRuling;
      if (asked.outcome === 'failed') return this.#fault(request, asked.error);
      const ruling = ruleOn(asked.answer, this.policies, request);
      return ruling.cause === 'error' ? this.#fault(request, asked.answer) : ruling;
    } catch (error) {
      return this.#fault(request, error);
    }
  }

  /** Facts that cannot be explained, such as none at all from untyped code, are none to allow by. */
  #explained(ruling: Ruling, request: JudgementRequest): Ruling & Explanation {
    try {
      return { ...ruling, ...this.#explanations.of(ruling, request.facts) };
    } catch (error) {
      return ruling === failedRuling ? ruling : this.#fault(request, error);
    }
  }

  #want(request: JudgementRequest, wanting: WantingFacts): Ruling {
    if (wanting.cause !== undefined) this.#fault(request, wanting.cause);
    return wantingRuling(wanting);
  }

  #fault(request: JudgementRequest, cause: unknown): Ruling {
    try {
      this.#parts.onFault?.({ request, cause });
    } catch (error) {
      // Whoever only watches cannot change a verdict.
      process.emitWarning(`An observer of faulty judgements failed: ${String(error)}`, 'CharterbusWarning');
    }
    return failedRuling;
  }

  #bindingOf({ messageDigest, recipient }: JudgementRequest): Binding {
    const { hash: constitutionDigest, dataVersion } = this;
    if (recipient === undefined) return { messageDigest, constitutionDigest, dataVersion };
    const { tenant, id: agent, revision: recipientRevision } = recipient;
    return {
      messageDigest,
      recipient: agentKey({ tenant, agent }),
      recipientRevision,
      constitutionDigest,
      dataVersion,
    };
  }
}
