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

/** Lays the tree of words out as one table, in which a stem takes any further letters. */
class Table {
  readonly rows: Uint16Array[] = [new Uint16Array(width), new Uint16Array(width)];
  readonly meanings: Meanings[] = [[], []];
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(numbers: ReadonlyMap<string, number>) {
    this.#numbers = numbers;
  }

  #row(meanings: Iterable<number>): number {
    this.meanings.push([...meanings]);
    return this.rows.push(new Uint16Array(width)) - 1;
  }

  /** @param tail the state for any further letters, of the stem that was passed last. */
  lay({ next, stem }: Node, state: number, tail = dead, inherited: ReadonlySet<number> = new Set()): void {
    const known = new Set([...inherited, ...stem]);
    const row = this.rows[state] as Uint16Array;
    const rest = stem.size > 0 ? this.#tail(known) : tail;
    if (rest !== dead) row.fill(rest, 1);
    for (const [letter, following] of next) {
      const isGap = letter === ' ';
      const passed = isGap ? new Set<number>() : known;
      const to = this.#row(new Set([...passed, ...following.exact, ...following.stem]));
      row[isGap ? gap : (this.#numbers.get(letter) as number)] = to;
      this.lay(following, to, isGap ? dead : rest, passed);
    }
  }

  #tail(known: ReadonlySet<number>): number {
    const tail = this.#row(known);
    (this.rows[tail] as Uint16Array).fill(tail, 1);
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
    this.steps = new Uint16Array(table.rows.length * width);
    for (const [state, row] of table.rows.entries()) this.steps.set(row, state * width);
  }
}
