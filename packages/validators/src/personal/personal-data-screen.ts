import { type ContentVisitor, walkContent } from '../content.js';
import type { Finding, Note, Validator } from '../validator.js';
import { isCardNumber } from './card-number.js';
import { ibanLength, isIban } from './iban.js';
import { isPhoneNumber } from './phone-number.js';

const mostNotes = 50;

const digit = 1;
const capital = 2;
const atSign = 4;
const classes = new Uint8Array(128);
for (let code = 0x30; code < 0x3a; code++) classes[code] = digit;
for (let code = 0x41; code < 0x5b; code++) classes[code] = capital;
classes[0x40] = atSign;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isLetter = (code: number): boolean => (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);

/** Signs that stand inside numbers: a space, `- . / ( )`, one or two between digits. */
const isSign = (code: number): boolean =>
  code === 0x20 || code === 0xa0 || (code >= 0x28 && code <= 0x29) || (code >= 0x2d && code <= 0x2f);

const longestNumber = 40;
const local = /[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]/;
const host = /[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/y;

/** Part of a longer name or number: of an id, a hash, a decimal fraction. */
const isInName = (text: string, at: number): boolean => isLetter(text.charCodeAt(at)) || isDigit(text.charCodeAt(at));

const readNumber = (text: string, from: number): { readonly end: number; readonly digits: string } => {
  let [end, digits] = [from, ''];
  for (let at = from; at < text.length && at - from < longestNumber; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      digits += text.charAt(at);
      end = at + 1;
    } else if (!isSign(code) || at - end > 1) break;
  }
  return { end, digits };
};

class Search implements ContentVisitor {
  readonly notes: Note[] = [];

  /** One loop: digits, two capitals with digits after them, and `@` are looked at more closely. */
  text(text: string, pointer: () => string): void {
    let at = 0;
    while (at < text.length) {
      const kind = classes[text.charCodeAt(at)] ?? 0;
      if (kind === 0) at += 1;
      else if (kind === digit) at = this.#number(text, at, pointer);
      else if (kind === atSign) at = this.#mail(text, at, pointer);
      else at = this.#capitals(text, at, pointer);
    }
  }

  /** @returns where the number ends. */
  #number(text: string, from: number, pointer: () => string): number {
    const { end, digits } = readNumber(text, from);
    if (digits.length < 8) return end;
    if (isInName(text, from - 1) || isInName(text, end)) return skipDigits(text, end);
    const before = text.charCodeAt(from - 1);
    const start = before === 0x2b || before === 0x28 ? from - 1 : from;
    if (isCardNumber(digits)) this.#note('card-number', 85, pointer);
    else if (isPhoneNumber({ written: text.slice(start, end), digits })) this.#note('phone-number', 60, pointer);
    return end;
  }

  #capitals(text: string, from: number, pointer: () => string): number {
    const country = text.slice(from, from + 2);
    if (!isDigit(text.charCodeAt(from + 2)) || !isDigit(text.charCodeAt(from + 3))) return from + 1;
    const length = ibanLength(country);
    if (length === undefined || isLetter(text.charCodeAt(from - 1)) || isDigit(text.charCodeAt(from - 1)))
      return from + 1;
    const iban = text
      .slice(from, from + length + 9)
      .replaceAll(/[ -]/g, '')
      .slice(0, length);
    if (!isIban(iban)) return from + 4;
    this.#note('iban', 80, pointer);
    return from + length;
  }

  #mail(text: string, at: number, pointer: () => string): number {
    if (!local.test(text.charAt(at - 1))) return at + 1;
    host.lastIndex = at + 1;
    const name = host.exec(text)?.[0];
    if (name === undefined) return at + 1;
    if (/\.[A-Za-z]{2,}$/.test(name)) this.#note('email-address', 40, pointer);
    return at + 1 + name.length;
  }

  #note(category: string, score: number, pointer: () => string): void {
    if (this.notes.length >= mostNotes) return;
    const where = pointer();
    if (this.notes.some((note) => note.category === category && note.pointer === where)) return;
    this.notes.push({
      kind: 'note',
      category,
      score,
      text: `The content holds what looks like ${article(category)}.`,
      pointer: where,
    });
  }
}

const article = (category: string): string => `${/^[aei]/.test(category) ? 'an' : 'a'} ${category.replace('-', ' ')}`;

const skipDigits = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && isDigit(text.charCodeAt(at))) at += 1;
  return at;
};

/**
 * Notes where card numbers, bank accounts, e-mail addresses and telephone numbers stand: by their check digits where they have
 * some, else by their form. Notes never hold the datum.
 */
export const personalDataScreen: Validator = Object.freeze({
  name: 'personal-data',
  immediate: true,
  validate({ content }): readonly Finding[] {
    const search = new Search();
    walkContent(content, search);
    return search.notes;
  },
} satisfies Validator);
