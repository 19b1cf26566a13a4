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

const character = (point: number): string => {
  if (!(point >= 0 && point <= 0x10ffff) || (point >= 0xd800 && point < 0xe000)) return ' ';
  return String.fromCodePoint(point);
};

/** Entities of HTML: numbers, and the names that a letter or a sign may hide behind. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,15}));?/gi, (whole, hex, decimal, name) => {
    if (typeof hex === 'string') return character(Number.parseInt(hex, 16));
    if (typeof decimal === 'string') return character(Number.parseInt(decimal, 10));
    return named[String(name).toLowerCase()] ?? whole;
  });

/** URL encoding, leniently: each run of encoded bytes is read as UTF-8. */
export const decodePercents = (text: string): string =>
  text
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
    .replaceAll('+', ' ');

const ends: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: ' ' };

/** Escapes of JavaScript, JSON, Python, C and CSS: by number, and of what ends a line. */
export const decodeEscapes = (text: string): string =>
  text.replace(
    /\\(?:[uUx]\{?([0-9a-fA-F]{2,8})\}?|([0-7]{3})|([nrt]))/g,
    (whole: string, hex?: string, octal?: string, name?: string) => {
      if (hex !== undefined) return decodeUnit(whole, hex);
      if (octal !== undefined) return character(Number.parseInt(octal, 8));
      return ends[name ?? ''] ?? whole;
    },
  );

/** `x` has two digits, `u` four, `U` eight, and what is in braces as many as there are; further ones follow it. */
const decodeUnit = (whole: string, hex: string): string => {
  const kind = whole.charAt(1);
  if (whole.charAt(2) === '{') return character(Number.parseInt(hex, 16));
  const digits = kind === 'x' ? 2 : kind === 'u' ? 4 : 8;
  return hex.length < digits ? whole : character(Number.parseInt(hex.slice(0, digits), 16)) + hex.slice(digits);
};
