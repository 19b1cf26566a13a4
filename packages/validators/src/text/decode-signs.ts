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

const named2: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: ' ' };

/** Escapes of JavaScript, JSON, Python, C and CSS: by number, and of what ends a line. */
export const decodeEscapes = (text: string): string =>
  text.replace(
    /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|U([0-9a-f]{8})|x([0-9a-f]{2})|([0-7]{3})|([nrt]))/gi,
    (whole, braced, four, eight, two, octal, name) => {
      const hex: unknown = braced ?? four ?? eight ?? two;
      if (typeof hex === 'string') return character(Number.parseInt(hex, 16));
      if (typeof octal === 'string') return character(Number.parseInt(octal, 8));
      return named2[String(name)] ?? whole;
    },
  );
