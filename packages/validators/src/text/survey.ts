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

const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[a-z]/i.test(character)) classes[code] = letter | base64;
  if (/[0-9]/.test(character)) classes[code] = digit | base64;
  if (/[0-9a-f]/i.test(character)) classes[code] = (classes[code] as number) | hexadecimal;
  if (/[+/_=-]/.test(character)) classes[code] = base64;
  if (/[@$!|]/.test(character)) classes[code] = leetSign;
}

/** The state of one pass, kept between its letters. */
class Surveyor implements Survey {
  percents = 0;
  entities = 0;
  escapes = 0;
  leet = 0;
  singles = 0;
  run = 0;
  hex = 0;
  letters = 0;
  #run = 0;
  #hex = 0;
  #word = 0;
  #pure = 0;
  #singles = 0;

  pass(text: string): void {
    let before = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const kind = code < 128 ? (classes[code] as number) : letter;
      if ((kind & letter) !== 0) this.#letter(before);
      else if ((kind & (digit | leetSign)) !== 0) this.#sign(before);
      else this.#gap(code);
      if ((kind & base64) !== 0) this.#run += 1;
      else if (this.#run > 0) this.#endRun();
      if ((kind & hexadecimal) !== 0) this.#hex += 1;
      else if (this.#hex > 0) this.#gapOfHex(kind);
      before = kind;
    }
    this.#gap(0x20);
    this.#endRun();
    this.#endHex();
  }

  #letter(before: number): void {
    this.#word += 1;
    this.#pure += 1;
    if ((before & (digit | leetSign)) !== 0) this.leet += 1;
  }

  #sign(before: number): void {
    if ((before & letter) !== 0) this.leet += 1;
    if (this.#pure > this.letters) this.letters = this.#pure;
    this.#pure = 0;
    this.#word += 1;
  }

  #gap(code: number): void {
    if (this.#word === 1) {
      this.#singles += 1;
      if (this.#singles > this.singles) this.singles = this.#singles;
    } else if (this.#word > 1) this.#singles = 0;
    if (this.#pure > this.letters) this.letters = this.#pure;
    this.#word = 0;
    this.#pure = 0;
    if (code === 0x25) this.percents += 1;
    else if (code === 0x26) this.entities += 1;
    else if (code === 0x5c) this.escapes += 1;
  }

  #endRun(): void {
    if (this.#run > this.run) this.run = this.#run;
    this.#run = 0;
  }

  /** Pairs may have a space or a colon between them: after an even number of digits the run goes on. */
  #gapOfHex(kind: number): void {
    if ((kind & letter) === 0 && this.#hex % 2 === 0) return;
    this.#endHex();
  }

  #endHex(): void {
    if (this.#hex > this.hex) this.hex = this.#hex;
    this.#hex = 0;
  }
}

/** @param text folded, in its own case. */
export const survey = (text: string): Survey => {
  const surveyor = new Surveyor();
  surveyor.pass(text);
  return surveyor;
};
