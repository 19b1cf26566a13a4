import { conceptNames } from './concepts.js';
import { conceptNumber } from './lexicon.js';
import { type CompiledRule, conceptsBySet, none, type RuleSet, type Trigger } from './rules.js';

/** What was found in one text: the highest score of each category. */
export type Scores = Map<string, number>;

interface Candidate {
  readonly rule: CompiledRule;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  readonly imperative: boolean;
  readonly reported: boolean;
  readonly mine: boolean;
  document: boolean;
}

const never = -1_000_000;
/** Words between two texts: more than any rule looks back. */
const apart = 1000;
const mostWords = 1_000_000_000;

/** How many words before and after a match say what it is doing there. */
const before = 22;
const after = 10;
/** How many words before it a text may have said that it teaches. */
const lesson = 40;

const number = {
  override: conceptNumber('override'),
  weak: conceptNumber('overrideWeak'),
  follow: conceptNumber('follow'),
  negation: conceptNumber('negation'),
  mine: conceptNumber('mine'),
  document: conceptNumber('document'),
  mention: conceptNumber('mention'),
  attacker: conceptNumber('attacker'),
  third: conceptNumber('third'),
  starter: conceptNumber('starter'),
  teaching: conceptNumber('teaching'),
} as const;

/** What an order begins with. */
const verbs = Uint8Array.from(conceptNames, (name) =>
  Number(
    [
      'override',
      'overrideWeak',
      'follow',
      'reveal',
      'tell',
      'send',
      'call',
      'persona',
      'personaWeak',
      'action',
      'enter',
      'decode',
      'hush',
    ].includes(name),
  ),
);

/**
 * Takes the concepts of a text one after the other and says which rules they fulfil: concepts that lie close together, whatever
 * their order. Each concept costs as many steps as there are rules that need it.
 */
export class Matcher {
  readonly #rules: RuleSet;
  /** Where each concept, and each set of them, was met last, in words. */
  readonly #last: Int32Array;
  readonly #counts: Int32Array;
  readonly #pending: Candidate[] = [];
  readonly scores: Scores = new Map();
  /** Words so far; the end of a sentence counts as several. */
  at = 0;
  /** Which kinds of quotation marks are open, one bit each. */
  quotes = 0;
  /** Whether the next word is a part of a name, as of a host: `evil.example` is no example. */
  inName = false;
  /** Whether the next word begins a clause. */
  opening = true;
  #from = 0;
  #imperative = never;
  #quotedAt = never;

  constructor(rules: RuleSet) {
    this.#rules = rules;
    this.#last = new Int32Array(rules.sets).fill(never);
    this.#counts = new Int32Array(rules.sets);
  }

  reset(): void {
    this.#counts.fill(0);
    this.#pending.length = 0;
    if (this.scores.size > 0) this.scores.clear();
    // So far on nothing of the text before is near, which costs less than to forget it.
    this.at += apart;
    if (this.at > mostWords) {
      this.#last.fill(never);
      this.#imperative = never;
      this.#quotedAt = never;
      this.at = 0;
    }
    this.quotes = 0;
    this.inName = false;
    this.opening = true;
  }

  /** How many words stood for a concept. */
  count(concept: number): number {
    return this.#counts[concept] as number;
  }

  last(concept: number): number {
    return this.#last[concept] as number;
  }

  /**
   * One word, or a phrase, with all that it stands for.
   *
   * @param from where a phrase began: what it holds negates nothing of its own meaning
   */
  word(meanings: readonly number[], opening = this.opening, from = this.at): void {
    this.#from = from;
    if (this.#pending.length > 0) this.#settle(this.at - after);
    let starts = false;
    for (const meaning of meanings) {
      if (meaning === number.starter) starts = true;
      if (opening && verbs[meaning] === 1) this.#imperative = this.at;
      if (!this.inName || meaning !== number.mention) this.see(meaning);
    }
    this.opening &&= starts;
  }

  see(concept: number): void {
    if (this.quotes !== 0) this.#quotedAt = this.at;
    const gap = this.at - this.last(number.negation);
    // «Do not forget», but also «do not follow».
    if (
      gap > 0 &&
      gap <= 2 &&
      this.last(number.negation) < this.#from &&
      (concept === number.override || concept === number.weak)
    ) {
      this.#last[number.negation] = never;
      return;
    }
    if (gap > 0 && gap <= 5 && concept === number.follow) this.#note(number.override);
    this.#note(concept);
  }

  #note(concept: number): void {
    this.#counts[concept] = (this.#counts[concept] as number) + 1;
    if (concept === number.document) this.#markDocuments();
    const { at } = this;
    for (const set of conceptsBySet(this.#rules, concept)) {
      this.#last[set] = at;
      for (const { rule, other, within } of this.#rules.bySet[set] as readonly Trigger[]) {
        if (at - (this.#last[other] as number) <= within) this.#try(rule);
      }
    }
  }

  #try(rule: CompiledRule): void {
    let start = this.at;
    let previous = never;
    for (const set of rule.needs) {
      const place = this.#last[set] as number;
      if (this.at - place > rule.within || (rule.ordered && place <= previous)) return;
      previous = place;
      if (place < start) start = place;
    }
    if (!this.#isExcepted(rule, start)) this.#add(rule, start);
  }

  #isExcepted({ unless }: CompiledRule, start: number): boolean {
    return unless !== none && (this.#last[unless] as number) >= start - 3;
  }

  #add(rule: CompiledRule, start: number): void {
    if ((this.scores.get(rule.category) ?? 0) >= rule.score + 5) return;
    const last = this.#pending.at(-1);
    if (this.#pending.length >= 64 && last !== undefined && last.end === this.at) return;
    this.#pending.push(this.#candidate(rule, start));
  }

  #candidate(rule: CompiledRule, start: number): Candidate {
    const near = (concept: number, from: number): boolean => this.last(concept) >= from;
    return {
      rule,
      start,
      end: this.at,
      quoted: this.#quotedAt >= start,
      imperative: this.#imperative >= start,
      reported: near(number.third, start - 5) || near(number.attacker, start - before),
      mine: near(number.mine, start),
      document: near(number.document, start),
    };
  }

  /** «Ignore the previous e-mail»: what stands right after a match may say that it is about no instructions. */
  #markDocuments(): void {
    for (const candidate of this.#pending) if (this.at - candidate.end <= 4) candidate.document = true;
  }

  /** Weighs the matches that end at or before a place. */
  #settle(until: number): void {
    let settled = 0;
    for (const candidate of this.#pending) {
      if (candidate.end > until) break;
      settled += 1;
      const score = this.#weigh(candidate);
      if (score > (this.scores.get(candidate.rule.category) ?? 0)) this.scores.set(candidate.rule.category, score);
    }
    if (settled > 0) this.#pending.splice(0, settled);
  }

  #weigh(candidate: Candidate): number {
    const { rule, quoted, imperative } = candidate;
    const taught = this.last(number.teaching) >= candidate.start - lesson ? 20 : 0;
    const score = rule.score - ordinaryDiscount(candidate) - taught;
    const mentioned = this.#isMentioned(candidate.start - before);
    if (quoted && mentioned) return score - 45;
    if (!imperative) return score - reportDiscount(candidate, mentioned);
    return quoted ? score : score + 4;
  }

  #isMentioned(from: number): boolean {
    return this.last(number.mention) >= from || this.last(number.attacker) >= from;
  }

  finish(): Scores {
    this.#settle(Number.MAX_SAFE_INTEGER);
    return this.scores;
  }
}

/** What people say to each other about letters, and about what they said themselves. */
const ordinaryDiscount = ({ rule, document, mine }: Candidate): number =>
  rule.ordinary ? (document ? 30 : 0) + (mine ? 30 : 0) : 0;

/** What is no order, but told of somebody or near a word for such telling. */
const reportDiscount = ({ rule, reported }: Candidate, mentioned: boolean): number => {
  if (rule.firm) return reported && mentioned ? 30 : 0;
  if (reported) return 45;
  return mentioned ? 25 : 0;
};
