import { type Concept, conceptNames } from './concepts.js';

/** Concepts that must lie close together; of a list any one. */
type Need = Concept | readonly Concept[];

export interface Rule {
  readonly category: string;
  readonly score: number;
  readonly needs: readonly Need[];
  /** In words; a sentence's end counts as four. */
  readonly within: number;
  /** Not where this stands shortly before it, or inside it. */
  readonly unless?: Concept;
  /** In this order only. */
  readonly ordered?: true;
  /** People say it to each other too, about letters and invoices, and about what they said themselves. */
  readonly ordinary?: true;
  /** Whose doing it is said to be makes no difference. */
  readonly firm?: boolean;
}

export interface CompiledRule {
  readonly category: string;
  readonly score: number;
  readonly needs: readonly number[];
  readonly within: number;
  readonly unless: number;
  readonly ordered: boolean;
  readonly ordinary: boolean;
  readonly firm: boolean;
}

/** A rule with the first of its other needs, by which most meetings are dismissed. */
export interface Trigger {
  readonly rule: CompiledRule;
  readonly other: number;
  readonly within: number;
}

export interface RuleSet {
  /** How many concepts and sets of concepts there are. */
  readonly sets: number;
  /** Which rules may be fulfilled by one of a set. */
  readonly bySet: readonly (readonly Trigger[])[];
  /** By concept: itself, and the sets that it is one of. */
  readonly setsOf: readonly (readonly number[])[];
}

/** In place of the number of a concept. */
export const none = -1;

export const conceptsBySet = ({ setsOf }: RuleSet, concept: number): readonly number[] =>
  setsOf[concept] as readonly number[];

export const compileRules = (rules: readonly Rule[]): RuleSet => {
  const numbers = new Map<string, number>(conceptNames.map((name, place) => [name, place]));
  const setsOf: number[][] = conceptNames.map((_, place) => [place]);
  const numberOf = (need: Need): number => {
    const key = typeof need === 'string' ? need : need.join(' ');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const made = numbers.size;
    numbers.set(key, made);
    for (const concept of need as readonly Concept[]) setsOf[numbers.get(concept) as number]?.push(made);
    return made;
  };
  const compiled = rules.map((rule) => {
    const { category, score, needs, within, ordered = false, ordinary = false, firm = false } = rule;
    const unless = rule.unless === undefined ? none : numberOf(rule.unless);
    return { category, score, needs: needs.map(numberOf), within, unless, ordered, ordinary, firm };
  });
  const triggerOf = (rule: CompiledRule, set: number): Trigger => {
    return { rule, other: rule.needs.find((need) => need !== set) ?? set, within: rule.within };
  };
  const bySet = Array.from({ length: numbers.size }, (_, set) =>
    compiled.filter(({ needs }) => needs.includes(set)).map((rule) => triggerOf(rule, set)),
  );
  return { sets: numbers.size, bySet, setsOf };
};
