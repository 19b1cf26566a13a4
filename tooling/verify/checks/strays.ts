import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { command } from '../command.ts';

/** Where such words have their place: a record of addresses that npm keeps, and this list itself. */
const exempt = new Set(['tooling/verify/checks/strays.ts', 'tooling/test/verify/strays.test.ts']);

const strayPatterns: readonly (readonly [meaning: string, pattern: RegExp])[] = [
  ['names the host of a package registry', /registry\.npmjs\.org|registry\.yarnpkg\.com|deb\.debian\.org|pypi\.org/],
  ['names a path of one machine', /(?<![\w./-])\/(?:work|root|Users\/\w+|home\/\w+)\//],
  ['leaves work undone', /\b(?:TODO|FIXME|XXX)\b/],
];

/** What belongs to one machine or one moment has no place in a repository. */
export const strays: Check = {
  name: 'strays',
  async run({ root }) {
    const { stdout } = await command('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    });
    const files = stdout.split('\0').filter((file) => file !== '' && !exempt.has(file));
    const found = await Promise.all(files.map(async (file) => straysIn(file, await textOf(join(root, file)))));
    return { problems: found.flat() };
  },
};

export function straysIn(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      strayPatterns.filter(([, pattern]) => pattern.test(line)).map(([meaning]) => `${file}:${index + 1} ${meaning}`),
    );
}

/** The text of a file; nothing for one that is deleted but not yet committed, or that is not text. */
async function textOf(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    return text.includes('\0') ? '' : text;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
