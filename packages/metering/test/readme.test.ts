import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { needsRedis, ownRedis } from './support/redis.js';

const here = fileURLToPath(new URL('..', import.meta.url));

const blocksOf = (file: string): readonly string[] => {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = '']) => block);
};

/** What needs a bus is tried by the bus, which stands above this. */
const isOwn = (block: string): boolean => !block.includes("'@charterbus/bus'");

const blocks = ['README.md', '../../docs/metering.md'].flatMap((file) =>
  blocksOf(file)
    .filter(isOwn)
    .map((block, place) => ({ name: `${file}, block ${place + 1}`, block })),
);

needsRedis();

/** Where modules find what the package depends on. */
const scratch = (): string => {
  const parent = join(here, 'node_modules', '.readme');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'block-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

test.each(blocks)('$name prints what its comments say', async ({ block }) => {
  const server = await ownRedis();
  const promised = [...block.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, word]) => word);
  const source = block
    .replaceAll(
      /'@charterbus\/metering(\/\w+)?'/g,
      (_name, entry = '') => `'${join(here, 'src', entry as string, 'index.ts')}'`,
    )
    .replaceAll('redis://localhost:6379', server.url);
  const file = join(scratch(), 'block.ts');
  writeFileSync(file, source);
  const said = vi.spyOn(console, 'log').mockImplementation(() => {});
  onTestFinished(() => said.mockRestore());
  await import(pathToFileURL(file).href);
  expect(promised.length).toBeGreaterThan(0);
  expect(said.mock.calls.map(([word]) => String(word))).toEqual(promised);
});
