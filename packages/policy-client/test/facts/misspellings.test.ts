import { describe, expect, it } from 'vitest';
import { isScalar, parseDocument, type Scalar, visit } from 'yaml';
import { airlineData, airlineManifest } from './support/airline.js';
import { compile } from './support/compile.js';

interface Word {
  readonly word: string;
  readonly offset: number;
  /** Where it stands: keys from the top, and the word itself where it is in a value. */
  readonly path: string;
}

const textOfKey = (pair: unknown): string =>
  typeof pair === 'object' && pair !== null && 'key' in pair && isScalar(pair.key) ? String(pair.key.value) : '';

/** What only policies name, or nobody: it is checked with the policies, or cannot be. */
const elsewhere =
  /^facts\.(?:(?:send|receive|tools\.\w+\.facts)\.\w+|tools\.(?:get_reservation|update_\w+|book_\w+|send_\w+)|tools\.\w+\.(?:agent|role)=.*)$/;

const referenced = /^facts\.tools\.(?:get_reservation|update_flights)$/;

const wordsIn = (text: string, scalar: Scalar, path: string): readonly Word[] => {
  const [start, end] = scalar.range ?? [0, 0];
  const source = text.slice(start, end);
  // Texts in expressions are data, unless the whole value is in quotes.
  const bare = source.slice(1, -1);
  const quoted = /^(["']).*\1$/.test(source);
  const searched = quoted
    ? ` ${bare.replace(/"\w*"/g, (data) => ' '.repeat(data.length))} `
    : source.replace(/"\w*"/g, (data) => ' '.repeat(data.length));
  return [...searched.matchAll(/[A-Za-z_]\w*/g)].map((found) => ({
    word: found[0],
    offset: start + found.index,
    path: `${path}=${found[0]}`,
  }));
};

const identifiers = (text: string): readonly Word[] => {
  const words: Word[] = [];
  visit(parseDocument(text), {
    Scalar(role, scalar, ancestors) {
      const path = ancestors.map(textOfKey).filter((key) => key !== '');
      if (path[0] !== 'facts') return;
      if (role === 'key')
        words.push({ word: String(scalar.value), offset: scalar.range?.[0] ?? 0, path: path.join('.') });
      else words.push(...wordsIn(text, scalar, path.join('.')));
    },
  });
  return words.filter(({ path }) => referenced.test(path) || !elsewhere.test(path));
};

/** Another word that is no word here: what was inside is doubled, so that `x?` stays optional. */
const misspell = (text: string, { word, offset }: Word): string => {
  const letter = word.charAt(0);
  return text.slice(0, offset) + letter + text.slice(offset);
};

describe('a misspelt identifier', () => {
  const all = identifiers(airlineManifest);

  it('is looked for everywhere', () => {
    expect(compile(airlineManifest, { slots: airlineData }).problems).toEqual([]);
    expect(all.length).toBeGreaterThan(250);
  });

  it.each(all.map((word) => [word.path, word.offset, word] as const))(
    'is refused: %s at %i',
    (_path, _offset, word) => {
      const { problems } = compile(misspell(airlineManifest, word), { slots: airlineData });
      expect(problems.length).toBeGreaterThan(0);
      expect(problems[0]).toMatchObject({ message: expect.any(String) as string });
    },
  );
});
