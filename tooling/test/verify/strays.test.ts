import { expect, test } from 'vitest';
import { straysIn } from '../../verify/checks/strays.ts';

test.each([
  ['see https://registry.npmjs.org/zod', 'names the host of a package registry'],
  ['cd /work/main', 'names a path of one machine'],
  ['// TODO: later', 'leaves work undone'],
])('%s is a stray', (line, meaning) => {
  expect(straysIn('docs/a.md', `fine\n${line}\n`)).toEqual([`docs/a.md:2 ${meaning}`]);
});

test('paths within the repository and ordinary words are no strays', () => {
  expect(straysIn('docs/a.md', 'packages/work/root.ts does the work; ./root/ and teamwork/day')).toEqual([]);
});
