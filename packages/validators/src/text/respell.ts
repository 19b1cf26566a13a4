/** What digits and signs are read as where they stand in words. */
const leet = new Uint8Array(128);
for (const [sign, letter] of ['0o', '3e', '4a', '5s', '7t', '8b', '9g', '@a', '$s'])
  leet[(sign as string).charCodeAt(0)] = (letter as string).charCodeAt(0);
/** These may be either of two letters. */
const either = new Uint8Array(128);
for (const sign of '1!|') either[sign.charCodeAt(0)] = 1;

/** Whether signs are met that may be either of two letters. */
export const isAmbiguous = (text: string): boolean => /[1!|]/.test(text);

const isLetter = (code: number): boolean => code >= 0x61 && code <= 0x7a;

/** Letters for the digits and signs that stand in words; `1`, `!` and `|` are read as what is given. */
export const unleet = (text: string, one: 'i' | 'l'): string => {
  const units = new Uint16Array(text.length);
  const ambiguous = one.charCodeAt(0);
  let before = 0;
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at);
    if (code < 0x61 && code > 0x20) code = unleetOne(text, at, before, ambiguous);
    else if (code === 0x7c) code = unleetOne(text, at, before, ambiguous);
    units[at] = code;
    before = code;
  }
  return Buffer.from(units.buffer).toString('utf16le');
};

const unleetOne = (text: string, at: number, before: number, ambiguous: number): number => {
  const code = text.charCodeAt(at);
  const isEither = either[code] === 1;
  const letter = isEither ? ambiguous : (leet[code] as number);
  // In a word, or at its head; a mark at its end is one.
  if (letter === 0 || !(isLetter(before) || isHead(text, at))) return code;
  return isEither && !goesOn(text, at) ? code : letter;
};

const goesOn = (text: string, at: number): boolean => {
  const next = text.charCodeAt(at + 1);
  return isLetter(next) || (leet[next] ?? 0) !== 0 || (either[next] === 1 && next !== 0x21);
};

/** Whether a letter follows within the next signs. */
const isHead = (text: string, from: number): boolean => {
  for (let at = from + 1; at < from + 4; at++) {
    const code = text.charCodeAt(at);
    if (isLetter(code)) return true;
    if ((leet[code] ?? 0) === 0 && either[code] !== 1) return false;
  }
  return false;
};

/**
 * Words whose letters stand apart, put together: `i g n o r e  a l l`, `i.g.n.o.r.e`. Where words are set off by a wider gap,
 * or by another sign than their letters, they stay apart; where not, they come glued.
 */
export const joinSpaced = (text: string): string => {
  let joined = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (!standsAlone(text, at)) continue;
    const row = new Row(text, at);
    at = row.last;
    if (row.count < 4) continue;
    joined += text.slice(from, row.first) + row.join();
    from = at + 1;
  }
  return from === 0 ? text : joined + text.slice(from);
};

const widestGap = 4;

const isInWord = (code: number): boolean => isWordUnit(code) || (code >= 0x30 && code < 0x3a);

const standsAlone = (text: string, at: number): boolean =>
  isInWord(text.charCodeAt(at)) && !isInWord(text.charCodeAt(at - 1)) && !isInWord(text.charCodeAt(at + 1));

/** The place of the letter that stands alone within a small gap of one that does, or -1. */
const nextAlone = (text: string, from: number): number => {
  for (let at = from + 2; at <= from + widestGap + 1; at++) {
    if (isInWord(text.charCodeAt(at))) return isInWord(text.charCodeAt(at + 1)) ? -1 : at;
  }
  return -1;
};

/** Letters that stand alone, each within a small gap of the one before. */
class Row {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly #text: string;

  constructor(text: string, first: number) {
    this.#text = text;
    this.first = first;
    let [last, count] = [first, 1];
    for (let next = nextAlone(text, last); next !== -1; next = nextAlone(text, last)) {
      last = next;
      count += 1;
    }
    this.last = last;
    this.count = count;
  }

  join(): string {
    const text = this.#text;
    const units = new Uint16Array(2 * this.count);
    const second = nextAlone(text, this.first);
    const usual = text.slice(this.first + 1, second);
    units[0] = text.charCodeAt(this.first);
    let length = 1;
    for (let [before, at] = [this.first, second]; at !== -1; [before, at] = [at, nextAlone(text, at)]) {
      const isUsual = at - before - 1 === usual.length && text.startsWith(usual, before + 1);
      if (!isUsual) {
        units[length] = 0x20;
        length += 1;
      }
      units[length] = text.charCodeAt(at);
      length += 1;
    }
    return Buffer.from(units.buffer, 0, 2 * length).toString('utf16le');
  }
}

/** Each glued word taken apart into known ones, the longest first; what is unknown in between is left out. */
export const splitGlued = (text: string, known: ReadonlySet<string>, longest: number): string => {
  let read = '';
  let from = 0;
  let start = 0;
  let left = mostGlued;
  for (let at = 0; at <= text.length && left > 0; at++) {
    if (at < text.length && isWordUnit(text.charCodeAt(at))) continue;
    const length = at - start;
    if (length >= 12 && length <= left) {
      left -= length;
      read += text.slice(from, start) + parted(text.slice(start, at), known, longest);
      from = at;
    }
    start = at + 1;
  }
  return from === 0 ? text : read + text.slice(from);
};

/** Letters of glued words that are taken apart in one text. */
const mostGlued = 4096;

const isWordUnit = (code: number): boolean => isLetter(code) || (code >= 0xc0 && code < 0x2000);

const parted = (word: string, known: ReadonlySet<string>, longest: number): string => {
  const parts = cut(word, known, longest);
  return parts.join('').length * 5 >= word.length * 4 ? parts.join(' ') : word;
};

const cut = (word: string, known: ReadonlySet<string>, longest: number): readonly string[] => {
  const parts: string[] = [];
  for (let at = 0; at < word.length; ) {
    let length = Math.min(longest, word.length - at);
    while (length > 1 && !known.has(word.slice(at, at + length))) length -= 1;
    if (length > 1) parts.push(word.slice(at, at + length));
    at += length;
  }
  return parts;
};

export const rotate13 = (text: string): string =>
  text.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 84) % 26) + 97));

export const reverseText = (text: string): string => Array.from(text).toReversed().join('');
