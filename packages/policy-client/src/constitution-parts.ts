import { type Clock, type ConstitutionManifest, type Digest, sha256, type Timers } from '@charterbus/core-models';
import { forgetful } from './cache/cached-snapshot.js';
import type { Constitution } from './constitution.js';
import type { EngineCalls } from './engine/engine-calls.js';
import { nothingPasses } from './engine/nothing-passes.js';
import type { EngineSnapshot } from './engine/policy-engine.js';
import type { ConstitutionFacts, StatedWorld } from './facts/constitution-facts.js';
import type { JudgementRequest } from './judgement/judgement-request.js';

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
  /** By name, the policies of each variant that the manifest names. */
  readonly variants?: ReadonlyMap<string, EngineSnapshot>;
  /** The one whose policies judge everything, whatever conversation it is of; for policy tests. */
  readonly only?: { readonly variant: string | undefined };
  readonly facts: ConstitutionFacts;
  readonly clock: Pick<Clock, 'now'>;
  /** What policies see as now, in milliseconds since the epoch. Default: what the manifest pins, else the clock. */
  readonly moment?: number;
  readonly timers: Timers;
  /** What guards its engines and providers; ends with it. */
  readonly breakers?: Disposable;
  readonly onFault?: (fault: JudgementFault) => void;
  /** Of all engines of it, its variants' as well. */
  readonly calls?: EngineCalls;
}

/** What a policy test states besides its messages. */
export interface StatedSetting {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly world: StatedWorld;
  /** Default: the constitution's own policies, whatever the conversation. */
  readonly variant?: string | undefined;
}

/** A constitution in a stated world, or what is wrong with what is stated. */
export type ConstitutionInWorld =
  | { readonly constitution: Constitution; readonly problems?: never }
  | { readonly constitution?: never; readonly problems: readonly string[] };

/** The same parts over other facts at one moment, by its own policies or those of a variant, with nothing remembered. */
export const partsInWorld = (
  parts: ConstitutionParts,
  facts: ConstitutionFacts,
  now: number,
  variant: string | undefined,
): ConstitutionParts => {
  const variants = new Map([...(parts.variants ?? [])].map(([name, own]) => [name, forgetful(own)]));
  const clock = { now: () => now };
  return { ...parts, snapshot: forgetful(parts.snapshot), variants, clock, moment: now, facts, only: { variant } };
};

/** The same parts without any policy, under a data version of their own. */
export const revokedParts = (parts: ConstitutionParts): ConstitutionParts => ({
  ...parts,
  snapshot: nothingPasses,
  variants: new Map<string, EngineSnapshot>(),
  only: { variant: undefined },
  dataVersion: sha256(`revoked ${parts.dataVersion}`),
});
