import { lastLetter, symbolTable } from './symbols.js';

/** Numbers of a word's meanings. */
export type Meanings = readonly number[];

interface Node {
  readonly next: Map<string, Node>;
  readonly exact: Set<number>;
  /** Of all words that begin so. */
  readonly stem: Set<number>;
}

const node = (): Node => ({ next: new Map(), exact: new Set(), stem: new Set() });

const width = lastLetter + 1;
/** The place of the space in a row of transitions, which no letter has. */
const gap = 0;

/** The state in which nothing known can follow. */
export const dead = 0;
export const root = 1;

const insert = (top: Node, entry: string, meanings: Iterable<number>): void => {
  const isStem = entry.endsWith('*');
  let at = top;
  for (const letter of isStem ? entry.slice(0, -1) : entry) {
    let following = at.next.get(letter);
    if (following === undefined) {
      following = node();
      at.next.set(letter, following);
    }
    at = following;
  }
  for (const meaning of meanings) (isStem ? at.stem : at.exact).add(meaning);
};

const noMeanings: Meanings = Object.freeze([]);

/** Lays the tree of words out as one table, in which a stem takes any further letters. */
class Table {
  /** Rows of `width`. */
  steps = new Uint16Array(4096 * width);
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
  lay({ next, stem }: Node, state: number, tail = dead, inherited: Meanings = noMeanings): void {
    const known = stem.size === 0 ? inherited : [...new Set([...inherited, ...stem])];
    const rest = stem.size === 0 ? tail : this.#tail(known);
    if (rest !== dead) this.steps.fill(rest, state * width + 1, (state + 1) * width);
    for (const [letter, following] of next) {
      const isGap = letter === ' ';
      const passed = isGap ? noMeanings : known;
      const ends = following.exact.size + following.stem.size > 0;
      const to = this.#row(ends ? [...new Set([...passed, ...following.exact, ...following.stem])] : passed);
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
