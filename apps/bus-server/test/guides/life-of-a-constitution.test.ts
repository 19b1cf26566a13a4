import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ServerProcess, scratchDirectory } from '../support/server-process.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const page = readFileSync(join(root, 'docs/life-of-a-constitution.md'), 'utf8');
const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
  language,
  text,
}));
const commands = blocks.filter(({ language }) => language === 'sh');

/** Without what differs from one constitution to the next. */
const lasting = (text: string): string => text.replaceAll(/\([0-9a-f]{16}\)/g, '(hash)').trimEnd();

const mark = 'after a block of the page';

it('the walk through the life of a constitution prints what the page shows', { timeout: 60_000 }, async () => {
  using scratch = scratchDirectory();
  const data = join(scratch.path, 'data');
  await using server = ServerProcess.serve(data);
  for (const name of ['packages', 'node_modules']) symlinkSync(join(root, name), join(scratch.path, name));
  const commandLine = join(root, 'apps/bus-server/dist/cli.js');
  const script = [
    `charterbus() { node '${commandLine}' "$@"; }`,
    'exec 2>&1',
    ...commands.flatMap(({ text }) => [text, `echo '${mark}'`]),
  ].join('\n');
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd: scratch.path,
    env: { PATH, CHARTERBUS_URL: await server.url, CHARTERBUS_DATA_DIR: data },
  });
  const printed = stdout.split(`${mark}\n`).slice(0, -1);
  const shown = blocks.flatMap(({ language, text }, at) => {
    const command = blocks[at - 1];
    return language === 'text' && command !== undefined ? [[printed[commands.indexOf(command)] ?? '', text]] : [];
  });
  expect(shown.length).toBe(7);
  expect(shown.map(([real = '']) => lasting(real))).toEqual(shown.map(([, told = '']) => lasting(told)));
});
