import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { Client, ServerProcess, scratchDirectory } from './support/server-process.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const script = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
/** What the comments at the ends of the commands promise. */
const promised = [...script.matchAll(/ # (\S+)$/gm)].map(([, word]) => word);

it('the walk with curl prints what its comments say, also after the one on the front page', async () => {
  using scratch = scratchDirectory();
  const data = join(scratch.path, 'data');
  await using server = ServerProcess.serve(data);
  const environment = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    CHARTERBUS_URL: await server.url,
    CHARTERBUS_DATA_DIR: data,
  };
  const operator = Client.operator(await server.url, data);
  for (const id of ['planner', 'worker']) await operator.agent({ id, tenant: 'acme' });
  const walk = promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd: scratch.path,
    env: environment,
  });
  const { stdout, stderr } = await walk;
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual(promised);
  expect(promised).toHaveLength(8);
});
