import type { EngineSnapshot, PolicyRecord } from '../engine/policy-engine.js';
import type { ConstitutionFacts, GatherOptions } from '../facts/constitution-facts.js';
import { Explanations } from './explanations.js';

const noNames: ReadonlySet<string> = new Set();

/** By action, the facts that have to be worked out; of engines that cannot tell what they read, all. */
const wantedFacts = (snapshot: EngineSnapshot, facts: ConstitutionFacts): ReadonlyMap<string, ReadonlySet<string>> =>
  new Map(
    [...facts.actions.values()].map((action) => [
      action.name,
      snapshot.reads?.(action.name)?.facts ?? new Set(action.facts.keys()),
    ]),
  );

/** One set of policies of a constitution: its own, or those of a variant. */
export class PolicyBranch {
  readonly snapshot: EngineSnapshot;
  /** By id, in the order of ids. */
  readonly policies: ReadonlyMap<string, PolicyRecord>;
  readonly wanted: GatherOptions['wanted'];
  readonly explanations: Explanations;

  constructor(snapshot: EngineSnapshot, facts: ConstitutionFacts) {
    const records = snapshot.policies.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const wanted = wantedFacts(snapshot, facts);
    this.snapshot = snapshot;
    this.policies = new Map(records.map((policy) => [policy.id, policy]));
    this.wanted = (action) => wanted.get(action) ?? noNames;
    this.explanations = new Explanations(this.policies, facts.actions);
  }
}
