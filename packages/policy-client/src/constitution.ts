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
import type { EngineSnapshot, PolicyRecord } from './engine/policy-engine.js';
import { ask } from './judgement/ask.js';
import { contradiction, engineRequest, type JudgementRequest } from './judgement/judgement-request.js';
import { failedRuling, type Ruling, ruleOn, timedOutRuling } from './judgement/ruling.js';

/** A judgement that failed for a reason that its verdict does not tell: for logs, never for senders. */
export interface JudgementFault {
  readonly request: JudgementRequest;
  /** What the engine threw or answered, or what is contradictory in the request. */
  readonly cause: unknown;
}

export interface ConstitutionParts {
  readonly manifest: ConstitutionManifest;
  /** The full constitutional hash. */
  readonly hash: Digest;
  readonly shortHash: string;
  readonly dataVersion: Digest;
  readonly snapshot: EngineSnapshot;
  readonly clock: Pick<Clock, 'now'>;
  readonly timers: Timers;
  readonly onFault?: (fault: JudgementFault) => void;
}

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
  /** The digest over `data/`. */
  readonly dataVersion: Digest;
  /** By id, in the order of ids. */
  readonly policies: ReadonlyMap<string, PolicyRecord>;
  readonly #parts: ConstitutionParts;

  constructor(parts: ConstitutionParts) {
    this.#parts = parts;
    this.manifest = parts.manifest;
    this.hash = parts.hash;
    this.shortHash = parts.shortHash;
    this.dataVersion = parts.dataVersion;
    const records = parts.snapshot.policies.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    this.policies = new Map(records.map((policy) => [policy.id, policy]));
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

  /**
   * The verdict on one message at one point. Never throws or rejects for anything that an engine does; an abort and a
   * missed deadline are a deny with `POLICY_TIMEOUT`.
   */
  async judge(request: JudgementRequest, signal: AbortSignal): Promise<Verdict> {
    const now = this.#parts.clock.now();
    const ruling = await this.#rule(request, now, signal);
    return { point: request.point, ...ruling, binds: this.#bindingOf(request), at: new Date(now).toISOString() };
  }

  /** The same constitution at another time, over the same engine: for policy tests. Closing one closes both. */
  withClock(clock: Pick<Clock, 'now'>): Constitution {
    return new Constitution({ ...this.#parts, clock });
  }

  /** Idempotent. A judgement after it denies. */
  close(): Promise<void> {
    return this.#parts.snapshot.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #rule(request: JudgementRequest, now: number, signal: AbortSignal): Promise<Ruling> {
    const { snapshot, timers, manifest } = this.#parts;
    try {
      const wrong = contradiction(request);
      if (wrong !== undefined) return this.#fault(request, wrong);
      const deadline = { milliseconds: manifest.thresholds.judgementMilliseconds, timers };
      const asked = await ask(snapshot, engineRequest(request, now), deadline, signal);
      if (asked.outcome === 'timeout') return timedOutRuling;
      if (asked.outcome === 'failed') return this.#fault(request, asked.error);
      const ruling = ruleOn(asked.answer, this.policies, request);
      return ruling.cause === 'error' ? this.#fault(request, asked.answer) : ruling;
    } catch (error) {
      return this.#fault(request, error);
    }
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
    return {
      messageDigest,
      ...(recipient === undefined
        ? {}
        : {
            recipient: agentKey({ tenant: recipient.tenant, agent: recipient.id }),
            recipientRevision: recipient.revision,
          }),
      constitutionDigest: this.hash,
      dataVersion: this.dataVersion,
    };
  }
}
