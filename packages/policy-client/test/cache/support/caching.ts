import { type ConstitutionManifest, ManualClock, manifestFormat, manifestSchema } from '@charterbus/core-models';
import { CachedSnapshot, type CachedSnapshotOptions } from '../../../src/cache/cached-snapshot.js';
import type { EngineRequest, EngineSnapshot } from '../../../src/engine/policy-engine.js';
import { chooserOf, randomRequest, ruleSnapshot, testActions } from '../../../src/testing/index.js';

export const { signal: never } = new AbortController();

export const manifestOf = (
  cache: Partial<ConstitutionManifest['cache']> = {},
  clock: 'bus' | { readonly pinned: string } = 'bus',
): ConstitutionManifest =>
  manifestSchema.parse({ format: manifestFormat, name: 'test', revision: 1, engine: 'cedar', cache, clock });

type Caching = Partial<Omit<CachedSnapshotOptions, 'manifest'>> & {
  readonly cache?: Partial<ConstitutionManifest['cache']>;
  readonly pinned?: string;
};

/** A synchronous engine of `testActions` behind a cache, at a clock that stands still. */
export const caching = (snapshot: EngineSnapshot, { cache, pinned, ...given }: Caching = {}): CachedSnapshot =>
  new CachedSnapshot(snapshot, {
    actions: testActions,
    clock: new ManualClock(),
    synchronous: true,
    ...given,
    manifest: manifestOf(cache, pinned === undefined ? 'bus' : { pinned }),
  });

/** Of an engine that reads these fields, and facts, of every action. */
export const readsOf = (
  context: readonly (keyof EngineRequest['context'])[] = [],
  facts: readonly string[] = [],
): NonNullable<EngineSnapshot['reads']> => {
  const reads = { context: new Set(context), facts: new Set(facts) };
  return () => reads;
};

/** A message that differs from others only as stated. */
export const requestOf = (
  context: Partial<EngineRequest['context']> = {},
  more: Partial<EngineRequest> = {},
): EngineRequest => {
  const { context: given, ...rest } = randomRequest(chooserOf(3));
  return {
    ...rest,
    facts: { urgent: false },
    context: { ...given, messageType: 'query', now: 0, ...context },
    ...more,
  };
};

/** The policies `permit` and `forbid`, and whatever answer is wanted. */
export const answering = (
  evaluate: EngineSnapshot['evaluate'],
  reads: NonNullable<EngineSnapshot['reads']> | 'cannot tell' = readsOf(),
): EngineSnapshot => {
  const rules = ruleSnapshot([
    { id: 'permit', effect: 'permit' },
    { id: 'forbid', effect: 'forbid' },
  ]);
  return { ...rules, evaluate, ...(reads === 'cannot tell' ? {} : { reads }) };
};

export const allowed = () => ({ decision: 'allow', policies: ['permit'], errors: [] });
export const denied = () => ({ decision: 'deny', policies: ['forbid'], errors: [] });
