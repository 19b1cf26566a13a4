import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runCommand, temporaryDirectory } from './support.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const page = await readFile(join(root, 'docs/replay.md'), 'utf8');
const walks = [...page.matchAll(/^```console\n\$ npm run replay -- (.*?)\n(.*?)\n```$/gms)];

/** Without what differs from machine to machine, and from one revision of a constitution to the next. */
const lasting = (output: string): string =>
  output.replace(/^\d+ messages\/s over .*$/m, '(timings)').replaceAll(/\([0-9a-f]{16}\)/g, '(hash)');

it.each(walks.map(([, command = '', output = '']) => [command, output] as const))(
  'the walk prints what the page shows: %s',
  async (command, output) => {
    const written = await temporaryDirectory();
    const args = command.split(' ').map((word) => {
      if (word.startsWith('examples/')) return join(root, word);
      return word.startsWith('report.') ? join(written, word) : word;
    });
    const { exitCode, printed } = await runCommand(args);
    expect(exitCode).toBe(0);
    expect(lasting(printed.join('\n'))).toBe(lasting(output));
  },
);

it('the page shows a replay that stops nothing, and one that does', () => {
  expect(walks).toHaveLength(2);
});
