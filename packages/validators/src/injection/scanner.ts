import { decodeBase64, decodeHex } from '../text/decode-runs.js';
import { decodeEntities, decodeEscapes, decodePercents } from '../text/decode-signs.js';
import type { Folding } from '../text/fold.js';
import { isAmbiguous, joinSpaced, reverseText, rotate13, splitGlued, unleet } from '../text/respell.js';
import { type Survey, survey } from '../text/survey.js';
import { conceptNumber, type Lexicon } from './lexicon.js';
import { Matcher, type Scores } from './matcher.js';
import { Reader } from './reader.js';
import type { RuleSet } from './rules.js';

const rotated = conceptNumber('rotated');
const reversed = conceptNumber('reversed');

/** Eight pairs of hexadecimal digits, with what may stand between pairs. */
const hexRun = /(?:(?:0x)?[0-9a-f]{2}[\s:,;-]{0,2}){8}/i;

/** So many letters and digits in a row are data, in which digits stand for no letters. */
const longestRun = 400;
const longRuns = /[a-z0-9+/=]{400,}/g;

/** A score that is worth calling what hid it an attempt to hide. */
const suspicious = 45;

export interface ScannerOptions {
  readonly lexicon: Lexicon;
  readonly rules: RuleSet;
  readonly folding: Folding;
  /** How many letters are read for one message, decoded ones and second looks included. */
  readonly characters: number;
  /** How many encodings may lie in each other. */
  readonly depth: number;
}

/** Reads the texts of one message, and what is hidden in them, within a budget of letters. */
export class Scanner {
  readonly #options: ScannerOptions;
  readonly #matcher: Matcher;
  readonly #reader: Reader;
  #left: number;
  readonly #scores: Scores = new Map();

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#matcher = new Matcher(options.rules);
    this.#reader = new Reader(options.lexicon, this.#matcher);
    this.#left = options.characters;
  }

  /** A new message. */
  reset(): void {
    this.#left = this.#options.characters;
  }

  /** Whether something was left unread. */
  get exhausted(): boolean {
    return this.#left < 0;
  }

  /** The scores by category of one text, until the next one. */
  scan(text: string): Scores {
    if (this.#scores.size > 0) this.#scores.clear();
    this.#open(text, 0);
    return this.#scores;
  }

  #spend(text: string): boolean {
    if (this.#left >= 0) this.#left -= text.length;
    return this.#left >= 0;
  }

  /** @param depth how many encodings were taken off. */
  #open(text: string, depth: number): number {
    if (!this.#spend(text)) return 0;
    let folded = text;
    let found = survey(text);
    if (found.wide) {
      folded = this.#options.folding.fold(text);
      found = survey(folded);
    }
    const lower = folded.toLowerCase();
    let most = this.#look(lower);
    const [rotations, reversals] = [this.#matcher.count(rotated), this.#matcher.count(reversed)];
    most = Math.max(most, this.#respell(lower, found));
    if (rotations > 2) most = Math.max(most, this.#hidden([rotate13(lower)], depth));
    if (reversals > 2) most = Math.max(most, this.#hidden([reverseText(lower)], depth));
    return Math.max(most, this.#decode(folded, found, depth));
  }

  /** Reads as it stands, and keeps what was found. */
  #look(text: string): number {
    this.#matcher.reset();
    this.#reader.read(text);
    let most = 0;
    for (const [category, score] of this.#matcher.finish()) {
      most = Math.max(most, score);
      this.#keep(category, score);
    }
    return most;
  }

  #keep(category: string, score: number): void {
    if (score > (this.#scores.get(category) ?? 0)) this.#scores.set(category, score);
  }

  #lookAgain(text: string, before: string): number {
    return text !== before && this.#spend(text) ? this.#look(text) : 0;
  }

  #respell(text: string, { leet, singles, letters, run }: Survey): number {
    const { whole, longest } = this.#options.lexicon;
    let most = leet > 2 ? this.#lookAtSigns(run > longestRun ? text.replaceAll(longRuns, ' ') : text) : 0;
    if (singles > 4) {
      const joined = joinSpaced(text);
      if (joined !== text) most = Math.max(most, this.#lookAgain(splitGlued(joined, whole, longest), text));
    }
    if (letters > 17) most = Math.max(most, this.#lookAgain(splitGlued(text, whole, longest), text));
    return most;
  }

  #lookAtSigns(text: string): number {
    const read = unleet(text, 'i');
    const most = this.#lookAgain(read, text);
    const other = isAmbiguous(text) ? unleet(text, 'l') : read;
    return other === read ? most : Math.max(most, this.#lookAgain(other, text));
  }

  #decode(text: string, found: Survey, depth: number): number {
    if (depth >= this.#options.depth) return 0;
    let most = 0;
    if (found.percents > 2) most = Math.max(most, this.#rewritten(decodePercents(text), text, depth));
    if (found.entities > 0) most = Math.max(most, this.#rewritten(decodeEntities(text), text, depth));
    if (found.escapes > 0) most = Math.max(most, this.#rewritten(decodeEscapes(text), text, depth));
    if (found.run > 15) most = Math.max(most, this.#hidden(decodeBase64(text), depth));
    if (found.digits > 5 && hexRun.test(text)) most = Math.max(most, this.#hidden(decodeHex(text), depth));
    return most;
  }

  #rewritten(text: string, before: string, depth: number): number {
    return text === before ? 0 : this.#open(text, depth + 1);
  }

  /** What was hidden whole: that it was is found as well. */
  #hidden(texts: readonly string[], depth: number): number {
    let most = 0;
    if (depth < this.#options.depth) for (const text of texts) most = Math.max(most, this.#open(text, depth + 1));
    if (most >= suspicious) this.#keep('encoded-payload', most);
    return most;
  }
}
