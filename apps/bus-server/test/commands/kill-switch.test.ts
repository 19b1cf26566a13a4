import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runProgram } from '../../src/commands/program.js';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

it('the kill switch on the command line stops, is listed, and is lifted', { timeout: 60_000 }, async () => {
  using scratch = scratchDirectory();
  const data = join(scratch.path, 'data');
  const server = ServerProcess.serve(data, {});
  const url = await server.url;
  const token = readFileSync(join(data, 'operator.token'), 'utf8').trim();
  const run = async (...args: readonly string[]) => {
    const lines: string[] = [];
    let code = 0;
    const terminal = {
      environment: { CHARTERBUS_OPERATOR_TOKEN: token },
      print: (line: string) => void lines.push(line),
      complain: (line: string) => void lines.push(line),
      exitWith: (given: number) => void (code = given),
    };
    await runProgram(terminal, ['node', 'charterbus', ...args, '--server', url]);
    return [code, ...lines];
  };
  const planner = await Client.operator(url, data).agent({ id: 'planner', tenant: 'acme' });
  await Client.operator(url, data).agent({ id: 'worker', tenant: 'acme' });
  const { shortHash } = (await (await fetch(`${url}/v1/constitution`)).json()) as { readonly shortHash: string };
  const draft = { to: { agent: 'worker' }, type: 'query', content: 1, constitutionalHash: shortHash };
  const send = async () => (await planner.ask('POST', '/v1/messages', draft)).status;
  const agent = ['--tenant', 'acme', '--agent', 'planner'];
  expect(await run('halt', ...agent, '--reason', 'rogue')).toEqual([0, 'agent acme/planner is halted: rogue']);
  expect(await send()).toBe(403);
  const [, line] = await run('halts');
  expect(line).toMatch(/^\S+Z {2}agent acme\/planner: rogue$/);
  expect(await run('lift', ...agent, '--reason', 'fine')).toEqual([0, 'agent acme/planner goes on.']);
  expect(await run('lift', ...agent, '--reason', 'fine')).toEqual([0, 'agent acme/planner was not halted.']);
  expect(await send()).toBe(202);
  expect(await run('halts')).toEqual([0]);
  const [code, why] = await run('halt', '--reason', 'x');
  expect([code, why]).toEqual([2, expect.stringContaining('State --tenant')]);
  const [failed, json] = await run('halt', '--agent', 'planner', '--reason', 'x', '--json');
  expect(failed).not.toBe(0);
  expect(JSON.parse(String(json))).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
});
