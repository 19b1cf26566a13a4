import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../replay/support.js';
import { blocksOf, confirmed, readPage, root, shownOf, walk } from './support/walk-guide.js';

const guide = readPage('docs/guides/from-a-written-policy-to-a-constitution.md');
const constitution = join(root, 'examples/airline/constitution');
const blocks = blocksOf(guide);

const textsIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

/** Commands of a page that begin with `npm run replay --`. */
const replays = (page: string): readonly (readonly string[])[] =>
  [...page.matchAll(/^\$ npm run replay -- (.*)$/gm)].map(([, given = '']) =>
    given.split(' ').map((word) => (word.startsWith('examples/') ? join(root, word) : word)),
  );

describe('the guide from a written policy to a constitution', () => {
  it('shows what its commands print', { timeout: 60_000 }, async () => {
    const shown = shownOf(blocks, await walk(blocks));
    expect(shown.length).toBeGreaterThanOrEqual(5);
    for (const each of shown) expect(confirmed(each)).toEqual(each.parts);
  });

  it('begins with a replay that runs, as does the example', async () => {
    const readme = readPage('examples/airline/README.md');
    const given = [guide, readme].flatMap(replays);
    expect(given).toHaveLength(2);
    for (const args of given) {
      const { exitCode, printed } = await runCommand(args);
      expect([exitCode, printed.at(-1)]).toEqual([
        0,
        expect.stringMatching(/18 denied.*Every message is accounted for/),
      ]);
    }
  });

  it('shows parts of the example as they are', () => {
    const files = textsIn(constitution);
    const parts = blocks.filter(({ language }) => language === 'yaml' || language === 'cedar');
    expect(parts.length).toBeGreaterThanOrEqual(6);
    const strange = parts.filter(({ text }) => !files.some((file) => file.includes(text)));
    expect(strange).toEqual([]);
  });
});
