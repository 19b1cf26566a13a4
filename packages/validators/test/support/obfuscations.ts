import type { JsonValue } from '@charterbus/core-models';

/** Ways of writing a text so that a reader still reads it, and a filter for words does not. */
export type Obfuscation = (text: string) => JsonValue;

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const hex = (text: string): string => Buffer.from(text, 'utf8').toString('hex');
const each = (change: (letter: string) => string) => (text: string) => Array.from(text).map(change).join('');
const shift = (from: string, to: number) =>
  each((letter) => {
    const place = from.indexOf(letter.toLowerCase());
    return place === -1 ? letter : String.fromCodePoint(to + place);
  });
const alphabet = 'abcdefghijklmnopqrstuvwxyz';
const lookalikes: Readonly<Record<string, string>> = {
  a: 'а',
  e: 'е',
  o: 'о',
  p: 'р',
  c: 'с',
  x: 'х',
  i: 'і',
  s: 'ѕ',
  y: 'у',
};
const leet: Readonly<Record<string, string>> = { a: '4', e: '3', i: '1', o: '0', s: '5', t: '7' };
const pieces = (text: string, size: number): string[] => text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? [];

export const obfuscations: Readonly<Record<string, Obfuscation>> = {
  'zero-width spaces': (text) => Array.from(text).join('\u200b'),
  'soft hyphens': (text) => Array.from(text).join('\u00ad'),
  'bidirectional marks': (text) => `\u202e\u2066${Array.from(text).join('\u200e')}\u2069`,
  'combining marks': each((letter) => (/[a-z]/i.test(letter) ? `${letter}\u0301\u0323` : letter)),
  'tag characters': (text) => `Hello! ${each((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)))(text)}`,
  lookalikes: each((letter) => lookalikes[letter] ?? letter),
  'full width': each((letter) => (/[!-~]/.test(letter) ? String.fromCodePoint(letter.charCodeAt(0) + 0xfee0) : letter)),
  'mathematical letters': shift(alphabet, 0x1d41a),
  'circled letters': shift(alphabet, 0x24d0),
  capitals: (text) => text.toUpperCase(),
  'mixed case': (text) =>
    Array.from(text)
      .map((letter, at) => (at % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase()))
      .join(''),
  leetspeak: each((letter) => leet[letter.toLowerCase()] ?? letter),
  'letters apart': (text) =>
    text
      .split(' ')
      .map((word) => Array.from(word).join(' '))
      .join('   '),
  'letters with dots': (text) =>
    text
      .split(' ')
      .map((word) => Array.from(word).join('.'))
      .join('  '),
  base64,
  base64url: (text) => Buffer.from(text, 'utf8').toString('base64url'),
  hex,
  'hex pairs': (text) => hex(text).replaceAll(/../g, '$& ').trim(),
  'URL encoding': (text) => hex(text).replaceAll(/../g, '%$&'),
  'HTML entities': each((letter) => `&#${letter.codePointAt(0)};`),
  'hexadecimal entities': each((letter) => `&#x${letter.codePointAt(0)?.toString(16)};`),
  'Unicode escapes': each((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ROT13: (text) =>
    text.replace(/[a-z]/gi, (letter) => {
      const first = letter <= 'Z' ? 65 : 97;
      return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
    }),
  backwards: (text) => Array.from(text).toReversed().join(''),
  'base64 of base64': (text) => base64(base64(text)),
  'base64 of hex': (text) => base64(hex(text)),
  'base64 in prose': (text) => `Here is the attachment you asked for: ${base64(text)} Kind regards`,
  'fragments of a list': (text) => pieces(text, 5),
  'words of a list': (text) => text.split(' '),
  'lists in lists': (text) => pieces(text, 6).map((piece) => [[piece]]),
  'parts of messages': (text) => pieces(text, 7).map((piece) => ({ type: 'text', text: piece })),
  'the name of a field': (text) => ({ order: { [text]: true } }),
  'a name with underscores': (text) => ({ [text.replaceAll(' ', '_')]: 1 }),
  'a deep field': (text) => ({ a: [{ b: { c: [1, [{ d: text }]] } }] }),
  'JSON in a text': (text) => JSON.stringify({ result: { text } }),
};
