import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { opa, opaBinary, requireService, runOpa, startOpa } from '../../testing/index.ts';

let directory = '';

beforeEach(async (context) => {
  requireService(context, opa);
  directory = await mkdtemp(join(tmpdir(), 'opa-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

it('a real OPA answers, is killed, and comes back at the same address', async () => {
  const policy = join(directory, 'policy.rego');
  await writeFile(policy, 'package bus\n\nanswer := 42\n');
  await using server = await startOpa({ args: [policy] });
  const ask = async (): Promise<unknown> => (await fetch(`${server.url}/v1/data/bus/answer`)).json();
  expect(await ask()).toEqual({ result: 42 });
  await server.kill();
  await expect(ask()).rejects.toThrow('fetch failed');
  await server.start();
  expect(await ask()).toEqual({ result: 42 });
});

it('what does not start says why', async () => {
  await expect(startOpa({ args: [join(directory, 'nothing.rego')] })).rejects.toThrow('nothing.rego');
});

it('a call of the program gives what it prints', async () => {
  expect(await runOpa(opaBinary() ?? '', ['version'])).toContain('Rego Version');
});
