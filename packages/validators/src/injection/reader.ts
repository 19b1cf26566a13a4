import { lastLetter, symbol } from '../text/symbols.js';
import { dead, root, type WordAutomaton } from '../text/word-automaton.js';
import { conceptNumber, type Ideographic, type Lexicon } from './lexicon.js';
import { carries, isMarker } from './marks.js';
import type { Matcher } from './matcher.js';

const number = {
  role: conceptNumber('role'),
  roleLine: conceptNumber('roleLine'),
  marker: conceptNumber('marker'),
  comment: conceptNumber('comment'),
  image: conceptNumber('image'),
  sink: conceptNumber('sink'),
} as const;

/** How much a sign takes the words around it apart, in words. */
const distances: Readonly<Record<number, number>> = {
  [symbol.stop]: 4,
  [symbol.bang]: 3,
  [symbol.line]: 1,
  [symbol.colon]: 1,
};

/** Reads a folded text in lower case, word by word, and tells a matcher what the words stand for. */
export class Reader {
  readonly #words: WordAutomaton;
  readonly #ideographic: Lexicon['ideographic'];
  readonly #matcher: Matcher;
  /** Whether the line has had one word at most, which may be a role. */
  #lineStart = true;
  #roleAhead = false;
  #older: number = dead;
  #newer: number = dead;
  #olderOpens = false;
  #newerOpens = false;
  /** Where they began, in words. */
  #olderFrom = 0;
  #newerFrom = 0;
  /** Every second ideograph counts as a word. */
  #half = false;

  constructor({ words, ideographic }: Lexicon, matcher: Matcher) {
    this.#words = words;
    this.#ideographic = ideographic;
    this.#matcher = matcher;
  }

  read(text: string): void {
    const { symbols } = this.#words;
    this.#lineStart = true;
    this.#older = dead;
    this.#newer = dead;
    for (let at = 0; at < text.length; ) {
      const kind = symbols[text.charCodeAt(at)] as number;
      if (kind <= lastLetter) at = this.#word(text, at);
      else if (kind === symbol.space) at += 1;
      else at = this.#between(kind, text, at);
    }
    this.#matcher.at += 4;
    this.#matcher.opening = true;
  }

  /** @returns where the word ends. */
  #word(text: string, from: number): number {
    this.#matcher.at += 1;
    if (this.#older !== dead || this.#newer !== dead) return this.#wordInPhrase(text, from);
    const { symbols, cells } = this.#words;
    let state: number = root;
    let at = from;
    for (; at < text.length; at++) {
      const kind = symbols[text.charCodeAt(at)] as number;
      if (kind > lastLetter) {
        if (kind === symbol.apostrophe && isContraction(text, at)) continue;
        break;
      }
      const next = (cells[3 * state] as number) + kind;
      state = cells[3 * next + 1] === state ? next : (cells[3 * state + 2] as number);
      if (state === dead) return this.#strangeWord(text, at + 1);
    }
    this.#endWord(state, dead, dead);
    return at;
  }

  /** One that no known word begins as: only its end matters. */
  #strangeWord(text: string, from: number): number {
    const { symbols } = this.#words;
    let at = from;
    for (; at < text.length; at++) {
      const kind = symbols[text.charCodeAt(at)] as number;
      if (kind > lastLetter && (kind !== symbol.apostrophe || !isContraction(text, at))) break;
    }
    this.#unknown();
    return at;
  }

  #wordInPhrase(text: string, from: number): number {
    const words = this.#words;
    let state: number = root;
    let older = this.#older;
    let newer = this.#newer;
    let at = from;
    for (; at < text.length; at++) {
      const kind = words.symbols[text.charCodeAt(at)] as number;
      if (kind > lastLetter) {
        if (kind === symbol.apostrophe && isContraction(text, at)) continue;
        break;
      }
      state = words.step(state, kind);
      if (older !== dead) older = words.step(older, kind);
      if (newer !== dead) newer = words.step(newer, kind);
    }
    if (state === dead && older === dead && newer === dead) this.#unknown();
    else this.#endWord(state, older, newer);
    return at;
  }

  #between(kind: number, text: string, at: number): number {
    let read = 1;
    if (kind === symbol.ideograph) read = this.#ideograph(text, at);
    else this.#sign(kind, text, at);
    const isElision = kind === symbol.apostrophe && isAlphanumeric(text.charCodeAt(at + 1));
    if (kind !== symbol.line && kind !== symbol.other && kind !== symbol.comma && !isElision) {
      this.#older = dead;
      this.#newer = dead;
    }
    return at + read;
  }

  #endWord(state: number, older: number, newer: number): void {
    const words = this.#words;
    const { meanings } = words;
    const matcher = this.#matcher;
    const opening = matcher.opening;
    const alone = meanings[state] as readonly number[];
    const longer = meanings[older] as readonly number[];
    const third = words.stepGap(state);
    this.#endPhrase(longer, this.#olderOpens, this.#olderFrom);
    this.#endPhrase(meanings[newer] as readonly number[], this.#newerOpens, this.#newerFrom);
    if (alone.length > 0) matcher.word(alone);
    else matcher.opening = false;
    matcher.inName = false;
    this.#markLine(alone, longer, third !== dead);
    this.#goOn(words.stepGap(older), words.stepGap(newer), third, opening);
  }

  /** Two phrases at most stay under way: the one that began first, and the one that began last. */
  #goOn(first: number, second: number, third: number, opening: boolean): void {
    const isOlder = first !== dead;
    this.#older = isOlder ? first : second;
    if (!isOlder) {
      this.#olderOpens = this.#newerOpens;
      this.#olderFrom = this.#newerFrom;
    }
    this.#newer = third !== dead || !isOlder ? third : second;
    if (third === dead) return;
    this.#newerOpens = opening;
    this.#newerFrom = this.#matcher.at;
  }

  /** Most words are. */
  #unknown(): void {
    this.#matcher.opening = false;
    this.#matcher.inName = false;
    this.#lineStart = false;
    this.#roleAhead = false;
    this.#older = dead;
    this.#newer = dead;
  }

  #endPhrase(meanings: readonly number[], opens: boolean, from: number): void {
    if (meanings.length === 0) return;
    const { opening } = this.#matcher;
    this.#matcher.word(meanings, opens, from);
    // The word that ends it decides by itself what follows.
    this.#matcher.opening = opening || (opens && this.#matcher.opening);
  }

  #markLine(alone: readonly number[], longer: readonly number[], goesOn: boolean): void {
    if (!this.#lineStart) {
      this.#roleAhead = false;
      return;
    }
    this.#roleAhead = longer.includes(number.role) || alone.includes(number.role);
    // A role may have two words.
    this.#lineStart = this.#roleAhead || goesOn;
  }

  #sign(kind: number, text: string, at: number): void {
    const matcher = this.#matcher;
    if (kind === symbol.quote || kind === symbol.tick) {
      matcher.quotes ^= kind === symbol.quote ? 1 : 2;
      matcher.opening = true;
    } else if (kind === symbol.apostrophe) this.#singleQuote(text, at);
    else if (kind === symbol.angle || kind === symbol.bracket || kind === symbol.hash) this.#mark(text, at);
    else if (kind === symbol.at) this.#address(text, at);
    else if (kind !== symbol.other) this.#pause(kind, text, at);
  }

  /** One that is no apostrophe opens before a letter and closes after one. */
  #singleQuote(text: string, at: number): void {
    const opens = !isAlphanumeric(text.charCodeAt(at - 1)) && isAlphanumeric(text.charCodeAt(at + 1));
    if (opens) this.#matcher.opening = true;
    this.#matcher.quotes = opens ? this.#matcher.quotes | 4 : this.#matcher.quotes & 3;
  }

  #pause(kind: number, text: string, at: number): void {
    const matcher = this.#matcher;
    if (kind === symbol.colon && this.#roleAhead) matcher.see(number.roleLine);
    if (kind === symbol.bang && text.charCodeAt(at + 1) === 0x5b) this.#image(text, at);
    if (kind === symbol.line) this.#lineStart = true;
    const following = text.charCodeAt(at + 1);
    // A full stop inside a number, a name of a host or a file is none.
    if (kind === symbol.stop && following > 0x22 && following !== 0x27) {
      matcher.inName = true;
      return;
    }
    matcher.at += distances[kind] ?? 0;
    matcher.opening = true;
  }

  #mark(text: string, at: number): void {
    this.#matcher.opening = true;
    if (text.startsWith('<!--', at) || text.startsWith('[//]:', at)) this.#matcher.see(number.comment);
    if (isMarker(text, at)) this.#matcher.see(number.marker);
    if (text.charCodeAt(at) === 0x5b) this.#lineStart ||= true;
  }

  /** An image of Markdown whose address has a place for what is to be carried out. */
  #image(text: string, at: number): void {
    const end = text.indexOf(')', at);
    const image = text.slice(at, end === -1 || end > at + 300 ? at + 300 : end);
    if (image.includes('](http') && carries.test(image)) this.#matcher.see(number.image);
  }

  #address(text: string, at: number): void {
    if (isAlphanumeric(text.charCodeAt(at - 1)) && isAlphanumeric(text.charCodeAt(at + 1)))
      this.#matcher.see(number.sink);
  }

  /** @returns how many letters were read. */
  #ideograph(text: string, at: number): number {
    const matcher = this.#matcher;
    const known = this.#ideographic.get(text.charAt(at))?.find((entry: Ideographic) => text.startsWith(entry.text, at));
    if (known === undefined) {
      this.#half = !this.#half;
      if (this.#half) matcher.at += 1;
      matcher.opening = false;
      return 1;
    }
    matcher.at += 1;
    matcher.word(known.meanings);
    return known.text.length;
  }
}

const isAlphanumeric = (code: number): boolean => (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);

const isContraction = (text: string, at: number): boolean => {
  const ending = text.slice(at + 1, at + 4);
  return /^(?:t|s|m|d|re|ll|ve)(?![a-z])/.test(ending);
};
