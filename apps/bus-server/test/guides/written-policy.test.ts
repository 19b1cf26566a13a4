import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../replay/support.js';
import { scratchDirectory } from '../support/server-process.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const guide = readFileSync(join(root, 'docs/guides/from-a-written-policy-to-a-constitution.md'), 'utf8');
const constitution = join(root, 'examples/airline/constitution');

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
  ([, language = '', text = '']) => ({ language, text }),
);
const commands = blocks.filter(({ language }) => language === 'sh');

/** Without what differs from machine to machine, and from one revision of the constitution to the next. */
const lasting = (output: string): readonly string[] =>
  output
    .replaceAll(/\([0-9a-f]{16}\)/g, '(hash)')
    .replaceAll(/(?<=\.(?:yaml|cedar)):\d+(?::\d+)?/g, ':line')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^\d+ messages\/s over/.test(line));

/** What is shown between the places where it says that something is left out. */
const partsOf = (text: string): readonly (readonly string[])[] => {
  const parts: string[][] = [[]];
  for (const line of lasting(text)) {
    if (line === '…') parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts;
};

const mark = 'after a block of the guide';

/** What each block of commands prints, one after the other in one shell, in a directory that looks like a clone. */
const walk = async (): Promise<readonly string[]> => {
  using scratch = scratchDirectory();
  for (const name of ['apps', 'examples', 'node_modules']) symlinkSync(join(root, name), join(scratch.path, name));
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const script = ['exec 2>&1', ...commands.flatMap(({ text }) => [text, `echo '${mark}'`])].join('\n');
  const shell = ['--norc', '-euo', 'pipefail', '-c', script];
  const { stdout } = await promisify(execFile)('bash', shell, { cwd: scratch.path, env: { PATH } });
  return stdout.split(`${mark}\n`).slice(0, -1);
};

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
    const printed = await walk();
    expect(printed).toHaveLength(commands.length);
    const shown = blocks.flatMap(({ language, text }, index) => {
      if (language !== 'text') return [];
      const command = blocks[index - 1];
      return command === undefined ? [] : [{ command, text }];
    });
    expect(shown.length).toBeGreaterThanOrEqual(5);
    for (const { command, text } of shown) {
      const all = lasting(printed[commands.indexOf(command)] ?? '').join('\n');
      const parts = partsOf(text).map((part) => part.join('\n'));
      expect(parts.length === 1 ? [all] : parts.filter((part) => all.includes(part))).toEqual(parts);
    }
  });

  it('begins with a replay that runs, as does the example', async () => {
    const readme = readFileSync(join(root, 'examples/airline/README.md'), 'utf8');
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
