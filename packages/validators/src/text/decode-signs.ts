const named: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  zerowidthspace: '',
  tab: ' ',
  newline: '\n',
  period: '.',
  comma: ',',
  colon: ':',
  excl: '!',
  hyphen: '-',
  lowbar: '_',
  sol: '/',
  num: '#',
  lsqb: '[',
  rsqb: ']',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
};

/** What was decoded of a text, as code units: pieces of strings would cost more than the decoding. */
class Decoded {
  readonly #text: string;
  readonly #units: Uint16Array;
  #length = 0;

  constructor(text: string) {
    this.#text = text;
    this.#units = new Uint16Array(text.length);
  }

  copy(from: number, until: number): void {
    for (let at = from; at < until; at++) this.#put(this.#text.charCodeAt(at));
  }

  put(piece: string): void {
    for (let at = 0; at < piece.length; at++) this.#put(piece.charCodeAt(at));
  }

  /** One character; a space for what is none. */
  point(point: number): void {
    if (!(point >= 0 && point <= 0x10ffff) || (point >= 0xd800 && point < 0xe000)) this.#put(0x20);
    else if (point < 0x10000) this.#put(point);
    else this.put(String.fromCodePoint(point));
  }

  #put(unit: number): void {
    this.#units[this.#length] = unit;
    this.#length += 1;
  }

  toString(): string {
    return Buffer.from(this.#units.buffer, 0, 2 * this.#length).toString('utf16le');
  }
}

interface Digits {
  readonly value: number;
  readonly end: number;
}

/** @param most how many are read. */
const readDigits = (text: string, from: number, base: 10 | 16 | 8, most: number): Digits => {
  let [at, value] = [from, 0];
  for (; at < from + most; at++) {
    const code = text.charCodeAt(at);
    let digit = code - 0x30;
    if (base === 16 && digit > 9) digit = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x66 ? (code | 0x20) - 0x57 : 16;
    if (!(digit >= 0 && digit < base)) break;
    value = value * base + digit;
  }
  return { value, end: at };
};

/** Reads one entity. @returns where it ends, or where it began if it is none. */
const readEntity = (text: string, start: number, decoded: Decoded): number => {
  const isNumber = text.charCodeAt(start + 1) === 0x23;
  const isHex = isNumber && (text.charCodeAt(start + 2) | 0x20) === 0x78;
  const from = start + (isHex ? 3 : isNumber ? 2 : 1);
  let end: number;
  if (isNumber) {
    const digits = isHex ? readDigits(text, from, 16, 6) : readDigits(text, from, 10, 7);
    if (digits.end === from) return start;
    decoded.point(digits.value);
    end = digits.end;
  } else {
    const name = /^[a-z]{2,15}/i.exec(text.slice(from, from + 15))?.[0] ?? '';
    const meant = named[name.toLowerCase()];
    if (meant === undefined) return start;
    decoded.put(meant);
    end = from + name.length;
  }
  return text.charCodeAt(end) === 0x3b ? end + 1 : end;
};

/** Entities of HTML: numbers, and the names that a letter or a sign may hide behind. */
export const decodeEntities = (text: string): string => rewrite(text, '&', readEntity);

/** Each place where a sign stands, read by what is given. */
const rewrite = (
  text: string,
  sign: string,
  read: (text: string, start: number, decoded: Decoded) => number,
): string => {
  const decoded = new Decoded(text);
  let from = 0;
  for (let start = text.indexOf(sign); start !== -1; start = text.indexOf(sign, Math.max(from, start + 1))) {
    decoded.copy(from, start);
    const end = read(text, start, decoded);
    if (end === start) decoded.copy(start, start + 1);
    from = Math.max(end, start + 1);
  }
  if (from === 0) return text;
  decoded.copy(from, text.length);
  return decoded.toString();
};

/** URL encoding, leniently: each run of encoded bytes is read as UTF-8. */
export const decodePercents = (text: string): string =>
  text
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
    .replaceAll('+', ' ');

const ends: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: ' ' };
const digitsOf: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** `x` has two digits, `u` four, `U` eight, and what is in braces as many as there are. */
const readEscape = (text: string, start: number, decoded: Decoded): number => {
  const kind = text.charAt(start + 1);
  const count = digitsOf[kind];
  if (count !== undefined) return readUnit(text, start, count, decoded);
  const octal = readDigits(text, start + 1, 8, 3);
  if (octal.end === start + 4) {
    decoded.point(octal.value);
    return octal.end;
  }
  const meant = ends[kind];
  if (meant === undefined) return start;
  decoded.put(meant);
  return start + 2;
};

const readUnit = (text: string, start: number, count: number, decoded: Decoded): number => {
  const isBraced = text.charCodeAt(start + 2) === 0x7b;
  const from = start + (isBraced ? 3 : 2);
  const { value, end } = readDigits(text, from, 16, isBraced ? 8 : count);
  if (end - from < (isBraced ? 2 : count)) return start;
  decoded.point(value);
  return isBraced && text.charCodeAt(end) === 0x7d ? end + 1 : end;
};

/** Escapes of JavaScript, JSON, Python, C and CSS: by number, and of what ends a line. */
export const decodeEscapes = (text: string): string => rewrite(text, '\\', readEscape);
