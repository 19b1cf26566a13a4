/** What a code unit of a folded text in lower case is to the reader: up to `lastLetter` a letter of the automaton, else one of these. */
export const symbol = {
  /** A letter that no known word has. */
  strange: 95,
  space: 96,
  stop: 97,
  line: 98,
  quote: 99,
  tick: 100,
  colon: 101,
  comma: 102,
  apostrophe: 103,
  angle: 104,
  bracket: 105,
  at: 106,
  hash: 107,
  bang: 108,
  other: 109,
  /** Chinese or Japanese: words have no spaces between them. */
  ideograph: 110,
} as const;

export const lastLetter = symbol.strange;

const marks: Readonly<Record<string, number>> = {
  ' ': symbol.space,
  '\t': symbol.space,
  '-': symbol.space,
  _: symbol.space,
  '/': symbol.space,
  '*': symbol.space,
  '~': symbol.space,
  '+': symbol.space,
  '.': symbol.stop,
  '?': symbol.stop,
  '!': symbol.bang,
  '\n': symbol.line,
  '\r': symbol.space,
  '"': symbol.quote,
  '`': symbol.tick,
  ':': symbol.colon,
  ',': symbol.comma,
  ';': symbol.comma,
  '(': symbol.comma,
  ')': symbol.comma,
  '>': symbol.comma,
  '|': symbol.comma,
  "'": symbol.apostrophe,
  '<': symbol.angle,
  '[': symbol.bracket,
  ']': symbol.comma,
  '{': symbol.comma,
  '}': symbol.comma,
  '@': symbol.at,
  '#': symbol.hash,
};

const ideographs: readonly (readonly [number, number])[] = [
  [0x3040, 0x3100],
  [0x3400, 0xa000],
  [0xf900, 0xfb00],
];
/** Symbols, arrows, dingbats and halves of pairs: what folding left of them separates words. */
const separators: readonly (readonly [number, number])[] = [
  [0x80, 0xb5],
  [0x2000, 0x2c00],
  [0x3000, 0x3040],
  [0xd800, 0xf900],
];

/** @param letters of the known words, in the order of their numbers from 1. */
export const symbolTable = (letters: readonly string[]): Uint8Array => {
  const table = new Uint8Array(0x10000).fill(symbol.strange);
  table.fill(symbol.other, 0, 128);
  for (const [from, to] of separators) table.fill(symbol.other, from, to);
  for (const [from, to] of ideographs) table.fill(symbol.ideograph, from, to);
  for (let code = 0x30; code < 0x3a; code++) table[code] = symbol.strange;
  for (let code = 0x61; code < 0x7b; code++) table[code] = symbol.strange;
  for (const [mark, number] of Object.entries(marks)) table[mark.charCodeAt(0)] = number;
  for (const [place, letter] of letters.entries()) table[letter.charCodeAt(0)] = place + 1;
  return table;
};
