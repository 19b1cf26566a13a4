import {
  type Agent,
  type ConstitutionManifest,
  type Digest,
  EnvelopeBinding,
  type Message,
  type MessageLimits,
  type Verdict,
} from '@charterbus/core-models';
import { addCounts, type CacheCounts } from './cache/cached-snapshot.js';
import { pinnedMoment, TimeBuckets } from './cache/time-buckets.js';
import {
  type ConstitutionInWorld,
  type ConstitutionParts,
  partsInWorld,
  revokedParts,
  type StatedSetting,
} from './constitution-parts.js';
import type { EngineCalls } from './engine/engine-calls.js';
import { nothingPasses } from './engine/nothing-passes.js';
import type { EngineRequest, EngineSnapshot, PolicyRecord } from './engine/policy-engine.js';
import { noted } from './engine/tracing.js';
import type { AllowedMessage } from './facts/constitution-facts.js';
import type { Observation } from './facts/conversation.js';
import type { FactSubject, GatheredFacts, WantingFacts } from './facts/gathered-facts.js';
import { misfit, type ToolHosts, toolHosts } from './judgement/action-fit.js';
import { type Asked, ask, type Deadline } from './judgement/ask.js';
import { bindingOf } from './judgement/binding-of.js';
import { explain, Faults } from './judgement/faults.js';
import { gather } from './judgement/gather.js';
import { AgentViews, contradiction, engineRequest, type JudgementRequest } from './judgement/judgement-request.js';
import { orNothing } from './judgement/or-nothing.js';
import { PolicyBranch, type Question, type Said } from './judgement/policy-branch.js';
import type { RecipientClasses } from './judgement/recipient-classes.js';
import { bound, type Parties } from './judgement/recollection.js';
import { type Ruling, revokedRuling, ruleOn, timedOutRuling, wantingRuling } from './judgement/ruling.js';
import { Stamps } from './judgement/stamps.js';
import { type VariantChoice, variantChoice } from './judgement/variant-choice.js';

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
  /** Its own, by id, in the order of ids; those of variants are asked for by `policiesOf`. */
  readonly policies: ReadonlyMap<string, PolicyRecord>;
  /** Whether a verdict can depend on the message that is answered, so that `judge` needs `answered`. */
  readonly readsAnswered: boolean;
  /** The names of its variants, sorted. */
  readonly variants: readonly string[];
  /** The calls to its engines, for whoever watches them. */
  readonly calls: EngineCalls | undefined;
  readonly #parts: ConstitutionParts;
  readonly #own: PolicyBranch;
  readonly #variants: ReadonlyMap<string, PolicyBranch>;
  readonly #choice: VariantChoice;
  readonly #moment: number | undefined;
  readonly #deadline: Deadline;
  readonly #asksOutside: boolean;
  readonly #hosts: ToolHosts;
  readonly #buckets: TimeBuckets;
  readonly #views = new AgentViews();
  readonly #stamps = new Stamps();
  readonly #faults: Faults;

  constructor(parts: ConstitutionParts) {
    this.#parts = parts;
    this.calls = parts.calls;
    this.manifest = parts.manifest;
    this.hash = parts.hash;
    this.shortHash = parts.shortHash;
    this.dataVersion = parts.dataVersion;
    const { facts, only, variants = new Map<string, EngineSnapshot>() } = parts;
    this.#own = new PolicyBranch(parts.snapshot, facts);
    this.#variants = new Map([...variants].map(([name, snapshot]) => [name, new PolicyBranch(snapshot, facts, name)]));
    this.#choice = only === undefined ? variantChoice(parts.manifest, parts.hash) : () => only.variant;
    this.policies = this.#own.policies;
    this.readsAnswered = this.#branches.some((branch) => branch.readsAnswered);
    this.variants = Object.freeze([...this.#variants.keys()].toSorted());
    this.#moment = parts.moment ?? pinnedMoment(parts.manifest);
    this.#deadline = { milliseconds: parts.manifest.thresholds.judgementMilliseconds, timers: parts.timers };
    this.#asksOutside = Object.keys(parts.manifest.facts.providers).length > 0;
    this.#hosts = toolHosts(parts.manifest);
    this.#buckets = new TimeBuckets(parts.manifest);
    this.#faults = new Faults(parts.onFault);
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

  /** The names of the content screens that its facts read: what judges must hand in readings of just these. */
  get screens(): ReadonlySet<string> {
    return this.#parts.facts.screens;
  }

  /** What was remembered and asked so far, variants included; absent where the engine's answers are never remembered. */
  get cacheCounts(): CacheCounts | undefined {
    return addCounts(this.#branches.flatMap(({ cacheCounts }) => cacheCounts ?? []));
  }

  /** The policies of a variant, as `policies`; without a name the constitution's own. */
  policiesOf(variant: string | undefined): ReadonlyMap<string, PolicyRecord> {
    return this.#branch(variant)?.policies ?? new Map<string, PolicyRecord>();
  }

  /** The variant that judges a message: for all messages of a conversation the same. */
  variantOf(message: Message): string | undefined {
    return this.#choice(message);
  }

  /**
   * The facts that applicable policies may read, for `judge`. Answers at once unless somebody outside has to be asked.
   * Never throws or rejects: what cannot be told, or not by the deadline of a judgement, is wanting, and denies.
   */
  gatherFacts(subject: FactSubject, signal: AbortSignal): GatheredFacts | Promise<GatheredFacts> {
    const now = this.#buckets.begin(this.#moment ?? this.#parts.clock.now());
    const { wanted } = this.#branch(this.#choice(subject.message)) ?? this.#own;
    const options = { now, wanted };
    const call = { subject, options, deadline: this.#deadline, asksOutside: this.#asksOutside };
    return gather(this.#parts.facts, call, signal);
  }

  /** Which recipients of a message to several are judged together at `receive`; nothing where each is judged on its own. */
  recipientClasses(message: Message, sender: Agent): RecipientClasses | undefined {
    return this.#branch(this.#choice(message))?.recipientClasses(sender, this.#hosts);
  }

  /** The tool that a message calls, by what it names: whether the call is a good one is another question. */
  toolOf({ to, content }: Pick<Message, 'to' | 'content'>): string | undefined {
    return 'agent' in to ? this.#parts.facts.toolOf(to.agent, content) : undefined;
  }

  /** What an allowed message adds to what is known of its conversation. */
  observe(allowed: AllowedMessage): readonly Observation[] {
    return this.#parts.facts.observe(allowed);
  }

  /**
   * The verdict on one message at one point; at once where the engine answers at once. Never throws or rejects for
   * anything that an engine does or that stands under `facts`; an abort and a missed deadline are a deny with
   * `POLICY_TIMEOUT`.
   */
  judge(request: JudgementRequest, signal: AbortSignal): Verdict | Promise<Verdict> {
    const now = this.#parts.clock.now();
    const branch = this.#branchOf(request);
    const asked = signal.aborted ? undefined : this.#askable(request);
    const said = asked && branch && this.#recall(branch, request, asked);
    return said === undefined
      ? this.#judge({ branch, request, asked }, signal, now)
      : this.#verdict(noted(said), request, now);
  }

  /**
   * The verdicts on a message to one agent at both points, where the policies have said of its kind, between these two, what
   * nothing else can change; they bind the message itself. Of everything else nothing: then facts are gathered, and `judge`
   * is asked.
   */
  recall(parties: Parties, now: number): readonly [send: Verdict, receive: Verdict] | undefined {
    if (this.#variants.size > 0 || this.#hosts.has(parties.recipient.id)) return undefined;
    const known = this.#own.recallKind(parties);
    if (known === undefined) return undefined;
    const binds = new EnvelopeBinding(parties.envelope, known.bound, this);
    const at = this.#stamps.of(now);
    return [bound(known.send, binds, at), bound(known.receive, binds, at)];
  }

  /**
   * The same constitution at another moment in another world, over the same engines, by its own policies or those of a
   * variant: for policy tests. Closing one closes both.
   */
  inWorld({ now, world, variant }: StatedSetting): ConstitutionInWorld {
    if (variant !== undefined && !this.#variants.has(variant)) return { problems: [`There is no variant ${variant}.`] };
    const made = this.#parts.facts.withWorld(world);
    if ('problems' in made) return made;
    return { constitution: new Constitution(partsInWorld(this.#parts, made.facts, now, variant)) };
  }

  /** Whether it was revoked: nothing passes under it. */
  get isRevoked(): boolean {
    return this.#own.snapshot === nothingPasses;
  }

  /**
   * What is left of it once it was revoked: its hash, its limits, and no policy, so that whatever is judged under it is
   * denied. Verdicts of before do not bind under it, since its data version is another one. It outlives this one.
   */
  revoked(): Constitution {
    return new Constitution(revokedParts(this.#parts));
  }

  /** Idempotent. A judgement after it denies. */
  async close(): Promise<void> {
    await Promise.all(this.#branches.map(({ snapshot }) => snapshot.close()));
    this.#parts.breakers?.[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #branches(): readonly PolicyBranch[] {
    return [this.#own, ...this.#variants.values()];
  }

  /** Nothing where there is no such variant: nothing is judged by other policies than were chosen. */
  #branch(variant: string | undefined): PolicyBranch | undefined {
    return variant === undefined ? this.#own : this.#variants.get(variant);
  }

  /** Nothing where it cannot be told who judges, as of a message that is none. */
  #branchOf({ message }: JudgementRequest): PolicyBranch | undefined {
    return orNothing(() => this.#branch(this.#choice(message)));
  }

  #judge(question: Question, signal: AbortSignal, now: number): Verdict | Promise<Verdict> {
    const { branch, request } = question;
    const { explanations, variant } = branch ?? this.#own;
    const tell = (ruling: Ruling): Verdict => {
      const explained = explain(explanations, ruling, request, this.#faults);
      return this.#verdict({ point: request.point, ...explained, ...(variant && { variant }) }, request, now);
    };
    const ruling = this.#rule(question, signal);
    return ruling instanceof Promise ? ruling.then(tell) : tell(ruling);
  }

  #verdict(said: Said, request: JudgementRequest, now: number): Verdict {
    const binds = bindingOf(request, { constitutionDigest: this.hash, dataVersion: this.dataVersion });
    return { ...said, binds, at: this.#stamps.of(now) };
  }

  /** What the engine has said before. Whatever is not plainly so takes the long way. */
  #recall(branch: PolicyBranch, request: JudgementRequest, asked: EngineRequest): Said | undefined {
    return orNothing(() => branch.recall(request, asked));
  }

  /** What the engine is asked about a request that is plainly in order. */
  #askable(request: JudgementRequest): EngineRequest | undefined {
    return orNothing(() => (this.#unfit(request) === undefined ? this.#engineRequest(request) : undefined));
  }

  #engineRequest(request: JudgementRequest): EngineRequest {
    return engineRequest(request, this.#views, this.#buckets.begin(request.facts.now));
  }

  /** What is wrong with a request, whatever the policies say. */
  #unfit(request: JudgementRequest): string | WantingFacts | undefined {
    return contradiction(request) ?? request.facts.wanting ?? misfit(request, this.#hosts);
  }

  #rule({ branch, request, asked: known }: Question, signal: AbortSignal): Ruling | Promise<Ruling> {
    try {
      if (this.isRevoked) return revokedRuling;
      if (branch === undefined) return this.#faults.tell(request, 'It cannot be told which policies judge.');
      const unfit = this.#unfit(request);
      if (typeof unfit === 'string') return this.#faults.tell(request, unfit);
      if (unfit !== undefined) return wantingRuling(unfit, (cause) => this.#faults.tell(request, cause));
      const asked = ask(branch.snapshot, known ?? this.#engineRequest(request), this.#deadline, signal);
      return asked instanceof Promise
        ? asked.then((settled) => this.#ruleOn(settled, branch, request))
        : this.#ruleOn(asked, branch, request);
    } catch (error) {
      return this.#faults.tell(request, error);
    }
  }

  #ruleOn(asked: Asked, { policies }: PolicyBranch, request: JudgementRequest): Ruling {
    try {
      if (asked.outcome === 'timeout') return timedOutRuling;
      if (asked.outcome === 'failed') return this.#faults.tell(request, asked.error);
      const ruling = ruleOn(asked.answer, policies, request);
      return ruling.cause === 'error' ? this.#faults.tell(request, asked.answer) : ruling;
    } catch (error) {
      return this.#faults.tell(request, error);
    }
  }
}
