import {
  type ConstitutionManifest,
  constitutionalHash,
  type Digest,
  ManualClock,
  manifestFormat,
  manifestSchema,
  sha256,
  shortHash,
} from '@charterbus/core-models';
import { Constitution } from '../constitution.js';
import type { ConstitutionParts } from '../constitution-parts.js';
import type { EngineSnapshot } from '../engine/policy-engine.js';
import { noFacts } from '../facts/no-facts.js';
import type { Rule } from './rule.js';
import { ruleDigest, ruleSnapshot } from './rule-engine.js';

export interface TestConstitutionOptions
  extends Partial<Pick<ConstitutionParts, 'clock' | 'timers' | 'onFault' | 'facts'>> {
  /** Put over a manifest of defaults. */
  readonly manifest?: Partial<Omit<ConstitutionManifest, 'thresholds' | 'limits'>> & {
    readonly thresholds?: Partial<ConstitutionManifest['thresholds']>;
    readonly limits?: Partial<ConstitutionManifest['limits']>;
  };
  /** Default: the digest over the snapshot's policies. */
  readonly hash?: Digest;
}

/** A constitution around any snapshot, also one that misbehaves. Its clock stands still unless one is given. */
export const snapshotConstitution = (snapshot: EngineSnapshot, options: TestConstitutionOptions = {}): Constitution => {
  const manual = new ManualClock();
  const { clock = manual, timers = manual, facts = noFacts, onFault } = options;
  const manifest = manifestSchema.parse({
    format: manifestFormat,
    name: 'test',
    revision: 1,
    engine: 'cedar',
    ...options.manifest,
  });
  const hash = options.hash ?? sha256(JSON.stringify(snapshot.policies.map((policy) => policy.digest)));
  return new Constitution({
    manifest,
    hash,
    shortHash: manifest.hash === 'sealed' ? shortHash(hash) : manifest.hash.pinned,
    dataVersion: constitutionalHash([]),
    snapshot,
    facts,
    clock,
    timers,
    ...(onFault === undefined ? {} : { onFault }),
  });
};

/** A constitution of plain rules, without files and without WebAssembly. */
export const rulesConstitution = (rules: readonly Rule[], options: TestConstitutionOptions = {}): Constitution =>
  snapshotConstitution(ruleSnapshot(rules), { hash: sha256(JSON.stringify(rules.map(ruleDigest))), ...options });

/** Lets everything pass at both points, by the one policy `allow-all`. */
export const allowAllConstitution = (options: TestConstitutionOptions = {}): Constitution =>
  rulesConstitution([{ id: 'allow-all', effect: 'permit' }], options);
