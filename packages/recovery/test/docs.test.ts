import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';

const here = fileURLToPath(new URL('..', import.meta.url));

const blocks = ['README.md', '../../docs/recovery.md'].flatMap((page) => {
  const text = readFileSync(join(here, page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ''], place) => ({
    name: `${page}, block ${place + 1}`,
    block,
  }));
});

/** Where modules find what the package depends on. */
const scratch = (): string => {
  const parent = join(here, 'node_modules', '.pages');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'block-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

test.each(blocks)('$name prints what its comments say', async ({ block }) => {
  const promised = [...block.matchAll(/^\S.*; \/\/ (.*)$/gm)].map(([, words]) => words);
  const source = block.replaceAll(
    /'@charterbus\/recovery(\/\w+)?'/g,
    (_name, entry = '') => `'${join(here, 'src', entry as string, 'index.ts')}'`,
  );
  const file = join(scratch(), 'block.ts');
  writeFileSync(file, source);
  const said: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...words) => void said.push(format(...words)));
  onTestFinished(() => log.mockRestore());
  await import(pathToFileURL(file).href);
  expect(promised.length).toBeGreaterThan(0);
  expect(said.map((words) => words.replaceAll(/\s+/g, ' '))).toEqual(promised);
});
