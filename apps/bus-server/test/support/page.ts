import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const commandLine = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const mark = 'after a block of the page';

/** Commands of a page, with the output that it shows below them. */
export interface Shown {
  readonly commands: string;
  readonly output: string;
}

/** The blocks of commands, each with the block of text right behind it; nothing where there is none. */
export const blocksOf = (page: string): readonly Shown[] => {
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.flatMap(([, language, commands = ''], index) => {
    const next = blocks[index + 1];
    return language === 'sh' ? [{ commands, output: next?.[1] === 'text' ? (next[2] ?? '') : '' }] : [];
  });
};

/** What each block prints, one after the other in one shell where `charterbus` is a command. */
export const walk = async (
  blocks: readonly Shown[],
  directory: string,
  programs: readonly string[] = [],
): Promise<readonly string[]> => {
  const own = join(directory, '.bin');
  mkdirSync(own, { recursive: true });
  const shim = join(own, 'charterbus');
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${commandLine}' "$@"\n`);
  chmodSync(shim, 0o755);
  const PATH = [own, ...programs.map((program) => dirname(program)), process.env['PATH']].join(delimiter);
  const script = ['exec 2>&1', ...blocks.flatMap(({ commands }) => [commands, `echo '${mark}'`])].join('\n');
  const shell = ['--norc', '-euo', 'pipefail', '-c', script];
  const { stdout } = await promisify(execFile)('bash', shell, { cwd: directory, env: { PATH } });
  return stdout.split(`${mark}\n`).slice(0, -1);
};
