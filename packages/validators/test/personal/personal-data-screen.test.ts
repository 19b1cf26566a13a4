import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { personalDataScreen } from '../../src/index.js';
import { codesOf, notesOn } from '../support/ask.js';

const data: readonly (readonly [string, string])[] = [
  ['card-number', '4111 1111 1111 1111'],
  ['card-number', '5500-0000-0000-0004'],
  ['card-number', '340000000000009'],
  ['card-number', '6011000000000004'],
  ['iban', 'DE89 3704 0044 0532 0130 00'],
  ['iban', 'GB82WEST12345698765432'],
  ['iban', 'NL91 ABNA 0417 1643 00'],
  ['email-address', 'jane.doe+news@mail.example.org'],
  ['phone-number', '+49 30 901820'],
  ['phone-number', '+1 (212) 555-0123'],
  ['phone-number', '(212) 555-0123'],
  ['phone-number', '212-555-0123'],
  ['phone-number', '020 7946 0958'],
  ['phone-number', '0171/1234567'],
  ['phone-number', '01 23 45 67 89'],
];

describe('the screen of personal data', () => {
  it.each(data)('notes a %s such as %s, and never repeats it', (category, datum) => {
    for (const content of [datum, `Call or pay ${datum}, please.`, { person: { contact: [datum] } }, `<${datum}>`]) {
      const notes = notesOn(personalDataScreen, content);
      expect(codesOf(notes)).toEqual([category]);
      expect(JSON.stringify(notes)).not.toContain(datum.slice(-5));
    }
    expect(JSON.stringify(notesOn(personalDataScreen, { [datum]: { of: datum } }))).not.toContain(datum.slice(-5));
  });

  it.each([
    '4111 1111 1111 1112',
    '0000 0000 0000 0000',
    '1234567812345670',
    'DE89 3704 0044 0532 0130 01',
    'ZZ82 3704 0044 0532 0130 00',
    '2026-12-01T13:00:00.000Z',
    'order 4711, 12 pieces at 19.90',
    '192.168.100.200:8080',
    '3.14159265358979',
    '019b76da-a800-7000-8000-000000000000',
    '@everyone look at this',
    'a@b',
    '1,234,567.89',
    '0123456789abcdef0123456789abcdef',
    'version 10.20.30',
  ])('leaves %s alone', (content) => {
    expect(notesOn(personalDataScreen, content)).toEqual([]);
  });

  it('takes no number with a wrong check digit for a card', () => {
    const digits = fc.stringMatching(/^4[0-9]{15}$/);
    const sumOf = (text: string): number =>
      Array.from(text)
        .toReversed()
        .reduce((sum, letter, place) => {
          const twice = Number(letter) * (place % 2 === 1 ? 2 : 1);
          return sum + (twice > 9 ? twice - 9 : twice);
        }, 0);
    fc.assert(
      fc.property(digits, (text) => {
        fc.pre(new Set(text).size > 1);
        expect(codesOf(notesOn(personalDataScreen, text)).includes('card-number')).toBe(sumOf(text) % 10 === 0);
      }),
      { seed: 6 },
    );
  });
});
