import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { root } from '../../launch/repository.js';
import { commandLine } from '../../launch/server-command.js';

const manifestSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

test.each(['setup', 'start', 'test', 'replay', 'bench', 'faults', 'verify'])(
  'npm run %s takes the place of its shell, which would keep a signal to itself',
  (name) => {
    expect(scripts[name]).toBe(`exec node tooling/launch/${name}.js`);
    expect(existsSync(join(root, `tooling/launch/${name}.js`))).toBe(true);
  },
);

test('the command line that is started is a source of the server', () => {
  expect(commandLine).toMatch(/^apps\/bus-server\/dist\/[\w-]+\.js$/);
});
