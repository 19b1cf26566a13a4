import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadConstitution } from '../../src/index.js';

/** The files that a page shows: each stands in a block under the comment that names it. */
const filesOf = async (page: string) => {
  const text = await readFile(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/<!-- file: (\S+) -->\n+```\w+\n(.*?)```/gs)].map(([, path = '', content = '']) => ({
    path,
    bytes: new TextEncoder().encode(content),
  }));
};

test('the desk of docs/obligations.md is a constitution whose tests pass', async () => {
  const files = await filesOf('obligations.md');
  expect(files.map(({ path }) => path)).toEqual(['manifest.yaml', 'policies/desk.cedar', 'tests/desk.yaml']);
  await using constitution = await loadConstitution(files);
  expect([...constitution.policies.keys()]).toEqual(['colleagues', 'send', 'shippers']);
});

test('the council of docs/separation-of-powers.md is a constitution whose tests pass', async () => {
  const files = await filesOf('separation-of-powers.md');
  expect(files.map(({ path }) => path)).toEqual(['manifest.yaml', 'policies/rules.cedar', 'tests/council.yaml']);
  await using constitution = await loadConstitution(files);
  expect(constitution.policies.has('powers.powers.self-validation')).toBe(true);
  const page = await readFile(new URL('../../../../docs/separation-of-powers.md', import.meta.url), 'utf8');
  for (const id of constitution.policies.keys()) expect(page).toContain(id.replace(/^(powers|rules)\./, ''));
});

test('docs/starters.md prints what it says', async () => {
  const page = await readFile(new URL('../../../../docs/starters.md', import.meta.url), 'utf8');
  const [, code = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const { starters, starterDirectory, starterLanguages } = await import('../../src/index.js');
  const { readdir } = await import('node:fs/promises');
  const said = [...code.matchAll(/; \/\/ (.*)$/gm)].map(([, words]) => words);
  expect(said).toEqual([
    `${Object.keys(starters).length} [ ${starterLanguages.map((one) => `'${one}'`).join(', ')} ]`,
    `[ ${(await readdir(starterDirectory('amounts')))
      .toSorted()
      .map((one) => `'${one}'`)
      .join(', ')} ]`,
  ]);
  for (const name of Object.keys(starters)) expect(page).toContain(`| \`${name}\` |`);
});
