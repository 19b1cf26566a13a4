import {
  canonicalJson,
  type FactRecord,
  type FactsRecord,
  type PolicySource,
  sha256,
  type Verdict,
} from '@charterbus/core-models';
import type { Actions } from '../engine/policy-engine.js';
import type { FactDeclaration } from '../facts/fact-value.js';
import { factJson } from '../facts/gather/fact-json.js';
import type { GatheredFacts } from '../facts/gathered-facts.js';
import type { PolicyTable, Ruling } from './ruling.js';

export type Explanation = Pick<Verdict, 'sources' | 'facts'>;

const nothing: Explanation = Object.freeze({});
const digestOfNone = sha256(canonicalJson({}));

const recordOf = ({ name, redact }: FactDeclaration, { values }: GatheredFacts): readonly FactRecord[] => {
  if (!Object.hasOwn(values, name)) return [];
  const value = values[name];
  if (value === undefined) return [];
  return [redact ? { name, redacted: true } : { name, value: factJson(value) }];
};

/** What verdicts say besides who decided: where the policies stand and what they knew. */
export class Explanations {
  readonly #policies: PolicyTable;
  readonly #actions: Actions;
  readonly #sources: ReadonlyMap<string, PolicySource>;

  constructor(policies: PolicyTable, actions: Actions) {
    this.#policies = policies;
    this.#actions = actions;
    this.#sources = new Map(
      [...policies.values()].map(({ id, file, line }) => [id, Object.freeze({ policy: id, file, line })]),
    );
  }

  /** Of an allow for which no facts were gathered nothing, and for nothing. */
  of(ruling: Ruling, gathered: GatheredFacts): Explanation {
    const facts = this.#factsOf(ruling, gathered);
    if (facts === undefined && ruling.effect === 'allow') return nothing;
    const sources = ruling.policies.flatMap((id) => this.#sources.get(id) ?? []);
    return { ...(sources.length === 0 ? {} : { sources }), ...(facts === undefined ? {} : { facts }) };
  }

  #factsOf(ruling: Ruling, gathered: GatheredFacts): FactsRecord | undefined {
    const { action, digest, slots, wanting } = gathered;
    if (digest === undefined && wanting === undefined) return undefined;
    const declared = this.#actions.get(action)?.facts;
    return {
      action,
      digest: digest ?? digestOfNone,
      read: wanting === undefined && declared !== undefined ? this.#read(ruling, gathered, declared) : [],
      ...(wanting === undefined ? {} : { wanting: wanting.names }),
      ...(slots === undefined ? {} : { slots }),
    };
  }

  #read(
    { policies }: Ruling,
    gathered: GatheredFacts,
    declared: ReadonlyMap<string, FactDeclaration>,
  ): readonly FactRecord[] {
    const readers = policies.map((id) => this.#policies.get(id));
    const mayRead = (name: string) => readers.some((policy) => policy?.facts === undefined || policy.facts.has(name));
    return [...declared.values()]
      .filter(({ name }) => mayRead(name))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1))
      .flatMap((declaration) => recordOf(declaration, gathered));
  }
}
