import { lastLetter, symbolTable } from './symbols.js';

/** Numbers of a word's meanings. */
export type Meanings = readonly number[];

/** One of tens of thousands, most of which end no word and have one letter after them. */
interface Node {
  /** Letters, and in the same order the nodes after them. */
  letters: string;
  readonly next: Node[];
  exact: Meanings;
  /** Of all words that begin so. */
  stem: Meanings;
}

const noMeanings: Meanings = Object.freeze([]);

const node = (): Node => ({ letters: '', next: [], exact: noMeanings, stem: noMeanings });

const follow = (from: Node, letter: string): Node => {
  const place = from.letters.indexOf(letter);
  if (place !== -1) return from.next[place] as Node;
  const made = node();
  from.letters += letter;
  from.next.push(made);
  return made;
};

const union = (...lists: readonly Meanings[]): Meanings => {
  const [only, ...others] = lists.filter(({ length }) => length > 0);
  if (only === undefined) return noMeanings;
  return others.length === 0 ? only : [...new Set(lists.flat())];
};

const width = lastLetter + 1;
/** The place of the space in a row of transitions, which no letter has. */
const gap = 0;

/** The state in which nothing known can follow. */
export const dead = 0;
export const root = 1;

const insert = (top: Node, entry: string, meanings: Iterable<number>): void => {
  const isStem = entry.endsWith('*');
  let at = top;
  for (const letter of isStem ? entry.slice(0, -1) : entry) at = follow(at, letter);
  if (isStem) at.stem = union(at.stem, [...meanings]);
  else at.exact = union(at.exact, [...meanings]);
};

/** Lays the tree of words out as one table, in which a stem takes any further letters. */
class Table {
  /** Rows of `width`. */
  steps = new Uint16Array(32_768 * width);
  readonly meanings: Meanings[] = [noMeanings, noMeanings];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(numbers: ReadonlyMap<string, number>) {
    this.#numbers = numbers;
  }

  #row(meanings: Meanings): number {
    const state = this.meanings.push(meanings) - 1;
    if ((state + 1) * width > this.steps.length) {
      const grown = new Uint16Array(2 * this.steps.length);
      grown.set(this.steps);
      this.steps = grown;
    }
    return state;
  }

  /** @param tail the state for any further letters, of the stem that was passed last. */
  lay({ letters, next, stem }: Node, state: number, tail = dead, inherited: Meanings = noMeanings): void {
    const known = union(inherited, stem);
    const rest = stem.length === 0 ? tail : this.#tail(known);
    if (rest !== dead) this.steps.fill(rest, state * width + 1, (state + 1) * width);
    for (let place = 0; place < next.length; place++) {
      const following = next[place] as Node;
      const letter = letters.charAt(place);
      const isGap = letter === ' ';
      const passed = isGap ? noMeanings : known;
      const to = this.#row(union(passed, following.exact, following.stem));
      this.steps[state * width + (isGap ? gap : (this.#numbers.get(letter) as number))] = to;
      this.lay(following, to, isGap ? dead : rest, passed);
    }
  }

  #tail(known: Meanings): number {
    const tail = this.#row(known);
    this.steps.fill(tail, tail * width + 1, (tail + 1) * width);
    return tail;
  }
}

/**
 * A deterministic automaton over words and phrases of one alphabet: one step for each letter, whatever the text. An entry is one
 * or more words with single spaces between them; a star at its end stands for any further letters.
 */
export class WordAutomaton {
  /** By code unit. */
  readonly symbols: Uint8Array;
  /** Rows of `width`: the following state by letter, and in the place of the gap by space. */
  readonly steps: Uint16Array;
  /** By state; empty where no entry ends. */
  readonly meanings: readonly Meanings[];
  readonly width = width;

  /** @param entries must be folded. */
  constructor(entries: ReadonlyMap<string, ReadonlySet<number>>) {
    const letters = [...new Set([...entries.keys()].join(''))].filter((letter) => letter !== ' ' && letter !== '*');
    if (letters.length >= lastLetter) throw new RangeError('The words have too many different letters.');
    this.symbols = symbolTable(letters);
    const top = node();
    for (const [entry, meanings] of entries) insert(top, entry, meanings);
    const table = new Table(new Map(letters.map((letter, place) => [letter, place + 1])));
    table.lay(top, root);
    this.meanings = table.meanings;
    this.steps = table.steps.slice(0, table.meanings.length * width);
  }
}
