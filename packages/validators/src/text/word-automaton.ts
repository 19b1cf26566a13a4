import { lastLetter, symbolTable } from './symbols.js';

/** Numbers of a word's meanings. */
export type Meanings = readonly number[];

const noMeanings: Meanings = Object.freeze([]);

const union = (one: Meanings, other: Meanings): Meanings => {
  if (one.length === 0) return other;
  return other.length === 0 ? one : [...new Set([...one, ...other])];
};

const width = lastLetter + 1;
/** The number of the space, which no letter has. */
const gap = 0;
const star = 255;
/** In its place where entries are sorted. */
const lastStar = '\uffff';

/** The state in which nothing known can follow. */
export const dead = 0;
export const root = 1;

interface Entry {
  /** The letters' numbers. */
  readonly letters: Uint8Array;
  readonly meanings: Meanings;
}

/** What the words before a place have in common with those after it, while they are laid out. */
interface Prefix {
  readonly state: number;
  readonly length: number;
  /** The state for any further letters, of the stem that was passed last, and what it means. */
  readonly tail: number;
  readonly inherited: Meanings;
}

/**
 * Lays sorted words out as a tree in a double array (Aoe, 1989): the state after a letter is at a state's base plus the letter's
 * number, if the cell there was taken by that state; else the state's tail follows. Few cells are empty, so that it stays near
 * the processor.
 */
class Layout {
  /** Three numbers a state: base, the state that it follows, tail. */
  cells = new Int32Array(3 * 32_768);
  readonly meanings: Meanings[] = [];
  readonly #entries: readonly Entry[];
  #free = root + 1;
  #end = root + 1;

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    this.#take(dead, -1);
    this.#take(root, -1);
    this.#lay(0, entries.length, { state: root, length: 0, tail: dead, inherited: noMeanings });
  }

  /** The entries that begin with a prefix lie next to each other: the shortest first, and at the very end its stem. */
  #lay(from: number, until: number, { state, length, tail, inherited }: Prefix): void {
    if (until - from === 1) {
      this.#chain(this.#entries[from] as Entry, { state, length, tail, inherited });
      return;
    }
    let [first, last] = [from, until];
    let known = inherited;
    if (this.#entries[first]?.letters.length === length) {
      this.meanings[state] = union(this.meanings[state] as Meanings, (this.#entries[first] as Entry).meanings);
      first += 1;
    }
    let rest = tail;
    if (last > first && this.#entries[last - 1]?.letters[length] === star) {
      last -= 1;
      known = union(inherited, (this.#entries[last] as Entry).meanings);
      this.meanings[state] = union(this.meanings[state] as Meanings, known);
      rest = this.#tail(known);
    }
    this.cells[3 * state + 2] = rest;
    this.#branch(first, last, { state, length, tail: rest, inherited: known });
  }

  /** What follows a prefix, by its first letter. */
  #branch(from: number, until: number, { state, length, tail, inherited }: Prefix): void {
    const at = (place: number): number => (this.#entries[place] as Entry).letters[length] as number;
    const starts: number[] = [];
    for (let place = from; place < until; place++)
      if (place === from || at(place) !== at(place - 1)) starts.push(place);
    const base = this.#place(starts.map(at));
    this.cells[3 * state] = base;
    for (const start of starts) this.#take(base + at(start), state);
    for (const [place, start] of starts.entries()) {
      const isGap = at(start) === gap;
      const following = base + at(start);
      const passed = isGap ? noMeanings : inherited;
      this.meanings[following] = passed;
      const end = starts[place + 1] ?? until;
      this.#lay(start, end, { state: following, length: length + 1, tail: isGap ? dead : tail, inherited: passed });
    }
  }

  /** The rest of an entry that shares no more with others, as most of their letters do. */
  #chain({ letters, meanings }: Entry, { state, length, tail, inherited }: Prefix): void {
    let [last, rest, known] = [state, tail, inherited];
    for (let at = length; at < letters.length; at++) {
      const letter = letters[at] as number;
      if (letter === star) {
        known = union(known, meanings);
        rest = this.#tail(known);
        this.meanings[last] = union(this.meanings[last] as Meanings, known);
        break;
      }
      this.cells[3 * last + 2] = rest;
      const base = this.#place([letter]);
      this.cells[3 * last] = base;
      this.#take(base + letter, last);
      last = base + letter;
      if (letter === gap) [rest, known] = [dead, noMeanings];
      this.meanings[last] = known;
    }
    if (letters.at(-1) !== star) this.meanings[last] = union(this.meanings[last] as Meanings, meanings);
    this.cells[3 * last + 2] = rest;
  }

  #tail(meanings: Meanings): number {
    const state = this.#place([gap]);
    this.#take(state, -1);
    this.cells[3 * state + 2] = state;
    this.meanings[state] = meanings;
    return state;
  }

  /** @returns a base at which the cells of all these letters are free. */
  #place(letters: readonly number[]): number {
    const [least] = letters;
    if (least === undefined) return 0;
    while (this.#isTaken(this.#free)) this.#free += 1;
    // What is crowded is left behind: a few empty cells cost less than the search for them.
    if (letters.length === 1)
      return Math.max(this.#free, least) === this.#free ? this.#free - least : this.#search(letters, least);
    return this.#search(letters, Math.max(this.#end - 256, least));
  }

  #search(letters: readonly number[], from: number): number {
    const least = letters[0] as number;
    for (let cell = Math.max(this.#free, from); ; cell++) {
      const base = cell - least;
      if (letters.every((letter) => !this.#isTaken(base + letter))) return base;
    }
  }

  #isTaken(cell: number): boolean {
    return this.meanings[cell] !== undefined;
  }

  #take(cell: number, owner: number): void {
    this.#end = Math.max(this.#end, cell + 1);
    if (3 * (this.#end + width) > this.cells.length) {
      const grown = new Int32Array(2 * this.cells.length);
      grown.set(this.cells);
      this.cells = grown;
    }
    this.cells[3 * cell + 1] = owner;
    this.meanings[cell] = noMeanings;
  }

  /** Bases may point behind the last cell, by the width of an alphabet at most. */
  get size(): number {
    return this.#end + width;
  }
}

/** The entries in the order of their letters' numbers; a stem comes after all that begin with it. */
const numbered = (entries: ReadonlyMap<string, ReadonlySet<number>>, letters: readonly string[]): Entry[] => {
  const numbers = new Uint8Array(0x10000);
  for (const [place, letter] of letters.entries()) numbers[letter.charCodeAt(0)] = place + 1;
  numbers[lastStar.charCodeAt(0)] = star;
  const keys = [...entries.keys()].map((entry) => entry.replace('*', lastStar)).sort();
  return keys.map((key) => {
    const numbersOf = new Uint8Array(key.length);
    for (let at = 0; at < key.length; at++) numbersOf[at] = numbers[key.charCodeAt(at)] as number;
    return { letters: numbersOf, meanings: [...(entries.get(key.replace(lastStar, '*')) as ReadonlySet<number>)] };
  });
};

/**
 * A deterministic automaton over words and phrases of one alphabet: one step for each letter, whatever the text. An entry is one
 * or more words with single spaces between them; a star at its end stands for any further letters.
 */
export class WordAutomaton {
  /** By code unit. */
  readonly symbols: Uint8Array;
  /** By state; empty where no entry ends. */
  readonly meanings: readonly Meanings[];
  /** Three numbers a state: base, the state that it follows, and the one that follows where no letter does. */
  readonly cells: Int32Array;

  /** @param entries must be folded. */
  constructor(entries: ReadonlyMap<string, ReadonlySet<number>>) {
    const letters = [...new Set([...entries.keys()].join(''))]
      .filter((letter) => letter !== ' ' && letter !== '*')
      .sort();
    if (letters.length >= lastLetter) throw new RangeError('The words have too many different letters.');
    this.symbols = symbolTable(letters);
    const layout = new Layout(numbered(entries, letters));
    this.cells = layout.cells.slice(0, 3 * layout.size);
    this.meanings = Array.from({ length: layout.size }, (_, state) => layout.meanings[state] ?? noMeanings);
  }

  /** The state after a letter by its number. */
  step(state: number, letter: number): number {
    const { cells } = this;
    const next = (cells[3 * state] as number) + letter;
    return cells[3 * next + 1] === state ? next : (cells[3 * state + 2] as number);
  }

  /** The state after a space, where a phrase goes on. */
  stepGap(state: number): number {
    const next = this.cells[3 * state] as number;
    return this.cells[3 * next + 1] === state ? next : dead;
  }
}
