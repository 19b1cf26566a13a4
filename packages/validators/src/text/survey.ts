/** What a text holds that may hide another text: found in one pass, so that what is absent costs nothing more. */
export interface Survey {
  /** Whether there are letters beyond ASCII: the rest is then to be asked of the folded text. */
  wide: boolean;
  percents: number;
  entities: number;
  escapes: number;
  /** Places where a digit or sign stands in a word, as in `1gn0re`. */
  leet: number;
  /** The longest row of words of one letter. */
  singles: number;
  /** The longest run of letters of base64. */
  run: number;
  /** The longest run of letters. */
  letters: number;
  digits: number;
}

const letter = 1;
const digit = 2;
const base64 = 8;
const leetSign = 16;
const coded = 32;
const sign = digit | leetSign;

const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[a-z]/i.test(character)) classes[code] = letter | base64;
  if (/[0-9]/.test(character)) classes[code] = digit | base64;
  if (/[+/_=-]/.test(character)) classes[code] = base64;
  if (/[@$!|]/.test(character)) classes[code] = leetSign;
  if (/[%&\\]/.test(character)) classes[code] = coded;
}

/** Where the words and runs that are under way began, and what ended the one before. */
class Surveyor implements Survey {
  wide = false;
  percents = 0;
  entities = 0;
  escapes = 0;
  leet = 0;
  singles = 0;
  run = 0;
  letters = 0;
  digits = 0;
  #last = -1;
  #lastKind = 0;
  #wordFrom = 0;
  #runFrom = 0;
  #singles = 0;

  /** Anything but a letter. */
  meet(at: number, kind: number, code: number): void {
    const letters = at - this.#last - 1;
    this.letters = Math.max(this.letters, letters);
    if (letters > 0) this.leet += (this.#lastKind & sign) === 0 ? 0 : 1;
    if ((kind & sign) === 0) this.#endWord(at, code, kind);
    else {
      if (letters > 0) this.leet += 1;
      if ((kind & digit) !== 0) this.digits += 1;
    }
    if ((kind & base64) === 0) {
      this.run = Math.max(this.run, at - this.#runFrom);
      this.#runFrom = at + 1;
    }
    this.#last = at;
    this.#lastKind = kind;
  }

  #endWord(at: number, code: number, kind: number): void {
    const length = at - this.#wordFrom;
    this.#wordFrom = at + 1;
    if (length > 1) this.#singles = 0;
    else if (length === 1) {
      this.#singles += 1;
      this.singles = Math.max(this.singles, this.#singles);
    }
    if ((kind & coded) === 0) return;
    if (code === 0x25) this.percents += 1;
    else if (code === 0x26) this.entities += 1;
    else this.escapes += 1;
  }
}

/** @param text in its own case. */
export const survey = (text: string): Survey => {
  const surveyor = new Surveyor();
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Most are letters, about which nothing needs to be done.
    if (code >= 0x61 && code <= 0x7a) continue;
    if (code >= 128) {
      surveyor.wide = true;
      continue;
    }
    const kind = classes[code] as number;
    if ((kind & letter) === 0) surveyor.meet(at, kind, code);
  }
  surveyor.meet(text.length, 0, 0x20);
  return surveyor;
};
