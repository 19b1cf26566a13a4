import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';

const here = fileURLToPath(new URL('..', import.meta.url));
const pages = ['kill-switch.md', 'metering.md', 'observability.md', 'security.md'];
/** What needs metering alone is tried there. */
const isOfBus = ({ block }: { readonly block: string }): boolean => !block.includes("'@charterbus/metering'");

const blocks = pages.flatMap((page) => {
  const text = readFileSync(join(here, '../../docs', page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)]
    .map(([, block = ''], place) => ({
      name: `${page}, block ${place + 1}`,
      block,
    }))
    .filter(isOfBus);
});

/** Where modules find what the package depends on. */
const scratch = (): string => {
  const parent = join(here, 'node_modules', '.pages');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'block-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

test.each(blocks)('$name of the docs prints what its comments say', async ({ block }) => {
  const promised = [...block.matchAll(/^console\.log\(.*; \/\/ (.*)$/gm)].map(([, words]) => words);
  const file = join(scratch(), 'block.ts');
  writeFileSync(file, block.replaceAll("'@charterbus/bus'", `'${join(here, 'src/index.ts')}'`));
  const said: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((words) => {
    said.push(Array.isArray(words) ? `[ ${words.map((word) => `'${word}'`).join(', ')} ]` : String(words));
  });
  onTestFinished(() => log.mockRestore());
  await import(pathToFileURL(file).href);
  expect(promised.length).toBeGreaterThan(0);
  expect(said).toEqual(promised);
});
