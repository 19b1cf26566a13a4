import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = join(import.meta.dirname, '../../../src');

/** What answers an error over HTTP without going through `http/errors`. */
const ownAnswers: readonly (readonly [meaning: string, pattern: RegExp])[] = [
  ['makes a problem document', /\btoProblem\b/],
  ['says a status of an error', /\.(?:code|status)\(\s*[45]\d\d/],
  ['says a status of an error', /statusCode\s*=\s*[45]\d\d/],
  ['writes a head of its own', /\bwriteHead\b|HTTP\/1\.1 \$\{/],
];

const strays = (file: string, text: string): readonly string[] =>
  ownAnswers.filter(([, pattern]) => pattern.test(text)).map(([meaning]) => `${file} ${meaning}`);

const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => relative(sources, join(sources, file)));

describe('errors over HTTP', () => {
  it('are made in one place', () => {
    const others = files.filter((file) => !file.startsWith(join('http', 'errors')));
    expect(others.flatMap((file) => strays(file, readFileSync(join(sources, file), 'utf8')))).toEqual([]);
  });

  it('are found where they are made', () => {
    const inPlace = files.filter((file) => file.startsWith(join('http', 'errors')));
    const found = inPlace.flatMap((file) => strays(file, readFileSync(join(sources, file), 'utf8')));
    expect(found.length).toBeGreaterThan(0);
    expect(strays('x.ts', 'reply.code(404).send({})')).toHaveLength(1);
    expect(strays('x.ts', 'reply.code(204).send(null)')).toHaveLength(0);
  });
});
