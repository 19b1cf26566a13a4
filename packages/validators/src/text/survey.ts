/** What a text holds that may hide another text: found in one pass, so that what is absent costs nothing more. */
export interface Survey {
  percents: number;
  entities: number;
  escapes: number;
  /** Places where a digit or sign stands in a word, as in `1gn0re`. */
  leet: number;
  /** The longest row of words of one letter. */
  singles: number;
  /** The longest run of letters of base64. */
  run: number;
  /** The longest run of hexadecimal digits, with single separators between pairs. */
  hex: number;
  /** The longest run of letters. */
  letters: number;
}

const letter = 1;
const digit = 2;
const hexadecimal = 4;
const base64 = 8;
const leetSign = 16;
const coded = 32;
const sign = digit | leetSign;
const inWord = letter | sign;

const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[a-z]/i.test(character)) classes[code] = letter | base64;
  if (/[0-9]/.test(character)) classes[code] = digit | base64;
  if (/[0-9a-f]/i.test(character)) classes[code] = (classes[code] as number) | hexadecimal;
  if (/[+/_=-]/.test(character)) classes[code] = base64;
  if (/[@$!|]/.test(character)) classes[code] = leetSign;
  if (/[%&\\]/.test(character)) classes[code] = coded;
}

/**
 * One loop without calls: it runs over every letter of every message.
 *
 * @param text folded, in its own case.
 */
export const survey = (text: string): Survey => {
  const found: Survey = { percents: 0, entities: 0, escapes: 0, leet: 0, singles: 0, run: 0, hex: 0, letters: 0 };
  let [word, singles, run, hex, letters, before] = [0, 0, 0, 0, 0, 0];
  let [mostSingles, longestRun, longestHex, longestLetters] = [0, 0, 0, 0];
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0x20;
    const kind = code < 128 ? (classes[code] as number) : letter;
    if ((kind & inWord) !== 0) word += 1;
    else {
      singles = nextSingles(singles, word);
      word = 0;
      mostSingles = Math.max(mostSingles, singles);
      if ((kind & coded) !== 0) count(found, code);
    }
    if (((kind ^ before) & sign) !== 0 && ((kind | before) & letter) !== 0) found.leet += 1;
    letters = nextRun(letters, kind & letter);
    longestLetters = Math.max(longestLetters, letters);
    run = nextRun(run, kind & base64);
    longestRun = Math.max(longestRun, run);
    hex = nextHex(hex, kind);
    longestHex = Math.max(longestHex, hex);
    before = kind;
  }
  return Object.assign(found, { singles: mostSingles, run: longestRun, hex: longestHex, letters: longestLetters });
};

const nextRun = (run: number, belongs: number): number => (belongs === 0 ? 0 : run + 1);

/** What ends with a word of one letter goes on, through wider gaps as well. */
const nextSingles = (singles: number, word: number): number => {
  if (word === 1) return singles + 1;
  return word === 0 ? singles : 0;
};

/** Pairs may have a sign between them: after an even number of digits the run goes on. */
const nextHex = (hex: number, kind: number): number => {
  if ((kind & hexadecimal) !== 0) return hex + 1;
  return (kind & letter) === 0 && hex % 2 === 0 ? hex : 0;
};

const count = (found: Survey, code: number): void => {
  if (code === 0x25) found.percents += 1;
  else if (code === 0x26) found.entities += 1;
  else found.escapes += 1;
};
