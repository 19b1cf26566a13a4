import { confusables } from './confusables.js';

/** What cannot be seen: zero-width and bidirectional marks, variation selectors, fillers, combining marks. */
const invisible = /^(?:\p{Mn}|\p{Me}|\p{Cf}|[\u115f\u1160\u3164\uffa0])$/u;
const blank = /^[\s\u0085\u2028\u2029]$/u;

/** Punctuation whose meaning the reader needs. */
const punctuation: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '"': '“”„‟«»‹›「」『』《》＂',
    "'": '’‘ʼ′',
    '.': '。…．',
    '!': '！',
    '?': '？',
    ',': '、，',
    ';': '；',
    ':': '：',
    '-': '–—―‐‑−·•',
    '/': '⁄∕',
  }).flatMap(([plain, marks]) => Array.from(marks, (mark) => [mark, plain] as const)),
);

/** Letters in circles and squares that Unicode does not decompose: each row is an alphabet. */
const rowsOfLetters = [0x1f150, 0x1f170, 0x1f1e6];

const enclosed = (point: number): string | undefined => {
  const row = rowsOfLetters.find((first) => point >= first && point < first + 26);
  return row === undefined ? undefined : String.fromCharCode(0x61 + point - row);
};

const firstTag = 0xe0000;
const isTag = (point: number): boolean => point >= firstTag + 0x20 && point <= firstTag + 0x7e;

const skeleton = (letter: string): string => {
  const lower = letter.toLowerCase();
  return confusables.get(lower) ?? confusables.get(letter) ?? lower;
};

/** What one character beyond ASCII is compared as: nothing, one letter, or several. */
const foldPoint = (point: number): string => {
  // Characters that are made to carry text nobody sees.
  if (isTag(point)) return String.fromCharCode(point - firstTag).toLowerCase();
  const character = String.fromCodePoint(point);
  const mark = punctuation.get(character);
  if (mark !== undefined) return mark;
  if (invisible.test(character)) return '';
  if (blank.test(character)) return ' ';
  const alone = enclosed(point);
  if (alone !== undefined) return alone;
  let folded = '';
  for (const part of character.normalize('NFKD')) {
    if (!invisible.test(part)) folded += punctuation.get(part) ?? skeleton(part);
  }
  return folded === 'ß' ? 'ss' : folded.replace('æ', 'ae').replace('œ', 'oe');
};

const unknown = 0xffff;
const several = 0xfffe;
const nothing = 0xfffd;

/**
 * Folds texts to what they are compared as: lower case, without accents and without what cannot be seen, wide, mathematical and
 * enclosed letters as plain ones, and letters that look like Latin ones as these. Remembers each character of the Basic
 * Multilingual Plane, so that a long text costs a look into a table for each.
 */
export class Folding {
  readonly #known = new Uint16Array(0x10000).fill(unknown);
  readonly #parts = new Map<number, string>();

  /** A text of ASCII alone needs no folding but of its case. */
  fold(text: string): string {
    let folded = '';
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code < 128) continue;
      if (at > from) folded += text.slice(from, at);
      const isPair = code >= 0xd800 && code < 0xdc00;
      folded += isPair ? this.#foldPair(text, at) : this.#foldUnit(code);
      if (isPair) at += 1;
      from = at + 1;
    }
    return from === 0 ? text : folded + text.slice(from);
  }

  #foldUnit(code: number): string {
    let known = this.#known[code] as number;
    if (known === unknown) known = this.#learn(code);
    if (known === nothing) return '';
    return known === several ? (this.#parts.get(code) as string) : String.fromCharCode(known);
  }

  #learn(code: number): number {
    const folded = foldPoint(code);
    let known = nothing;
    if (folded.length === 1) known = folded.charCodeAt(0);
    else if (folded.length > 1) {
      this.#parts.set(code, folded);
      known = several;
    }
    this.#known[code] = known;
    return known;
  }

  #foldPair(text: string, at: number): string {
    const point = text.codePointAt(at) as number;
    // A pair of high surrogates cannot be: contents are well formed or have lone ones, which fold to themselves.
    if (point < 0x10000) return '';
    let known = this.#parts.get(point);
    if (known === undefined) {
      known = foldPoint(point);
      if (this.#parts.size < 10_000) this.#parts.set(point, known);
    }
    return known;
  }
}
