import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratchDirectory } from '../../support/server-process.js';

export const root: string = fileURLToPath(new URL('../../../../../', import.meta.url));

export interface Block {
  readonly language: string;
  readonly text: string;
}

export const readPage = (path: string): string => readFileSync(join(root, path), 'utf8');

export const blocksOf = (page: string): readonly Block[] =>
  [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));

/** Without what differs from machine to machine, and from one revision of the constitution to the next. */
const lasting = (output: string): readonly string[] =>
  output
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'full hash')
    .replaceAll(/\b[0-9a-f]{16}\b/g, 'hash')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'moment')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'address')
    .replaceAll(/(?<=\.(?:yaml|cedar)):\d+(?::\d+)?/g, ':line')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^\d+ messages\/s over/.test(line));

/** What is shown between the places where it says that something is left out. */
const partsOf = (text: string): readonly string[] => {
  const parts: string[][] = [[]];
  for (const line of lasting(text)) {
    if (line === '…') parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts.map((part) => part.join('\n'));
};

const mark = 'after a block of the guide';

const isCommand = ({ language }: Block): boolean => language === 'sh';

/** What each block of commands prints, one after the other in one shell, in a directory that looks like a clone. */
export const walk = async (
  blocks: readonly Block[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<Block, string>> => {
  using scratch = scratchDirectory();
  for (const name of ['apps', 'examples', 'node_modules']) symlinkSync(join(root, name), join(scratch.path, name));
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const commands = blocks.filter(isCommand);
  const script = [
    // What a page starts ends with it, also where a command fails.
    `trap 'kill $(jobs -p) 2>/dev/null || true' EXIT`,
    'exec 2>&1',
    ...commands.flatMap(({ text }) => [text, `echo '${mark}'`]),
  ].join('\n');
  const shell = ['--norc', '-euo', 'pipefail', '-c', script];
  const { stdout } = await promisify(execFile)('bash', shell, { cwd: scratch.path, env: { ...environment, PATH } });
  const printed = stdout.split(`${mark}\n`);
  return new Map(commands.map((block, index) => [block, printed[index] ?? '']));
};

/** A text that is shown as what the commands before it print, in parts, and all that they do print. */
export interface Shown {
  readonly parts: readonly string[];
  readonly printed: string;
}

export const shownOf = (blocks: readonly Block[], printed: ReadonlyMap<Block, string>): readonly Shown[] =>
  blocks.flatMap(({ language, text }, index) => {
    const before = blocks[index - 1];
    const output = language === 'text' && before !== undefined ? printed.get(before) : undefined;
    return output === undefined ? [] : [{ parts: partsOf(text), printed: lasting(output).join('\n') }];
  });

/** What was printed, as far as it is shown: equal to the parts where all of them are true. */
export const confirmed = ({ parts, printed }: Shown): readonly string[] =>
  parts.length === 1 ? [printed] : parts.filter((part) => printed.includes(part));
