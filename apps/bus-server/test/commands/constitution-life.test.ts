import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle, readConstitutionDirectory } from '@charterbus/policy-client';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/commands/program.js';
import { noLowPriority, revisedConstitution } from '../support/constitutions.js';
import { hashOf, Publisher, shop } from '../support/publisher.js';
import { Client, ServerProcess, scratchDirectory } from '../support/server-process.js';

/** The command line of an operator of one server. */
const operatorOf = (url: string, dataDirectory: string) => async (name: string, args: readonly string[]) => {
  const lines: string[] = [];
  let code = 0;
  const token = readFileSync(join(dataDirectory, 'operator.token'), 'utf8').trim();
  const terminal = {
    environment: { CHARTERBUS_OPERATOR_TOKEN: token },
    print: (line: string) => void lines.push(line),
    complain: (line: string) => void lines.push(line),
    exitWith: (given: number) => void (code = given),
  };
  await runProgram(terminal, ['node', 'charterbus', 'constitution', name, ...args, '--server', url]);
  return { code, lines, json: (): Record<string, unknown> => JSON.parse(lines.join('\n')) as Record<string, unknown> };
};

const inForceAt = async (url: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`${url}/v1/constitution`)).json()) as Record<string, unknown>;

const talk = async (url: string, data: string) => {
  const operator = Client.operator(url, data);
  const planner = await operator.agent({ id: 'planner', tenant: 'acme' });
  await operator.agent({ id: 'worker', tenant: 'acme' });
  return (more: Record<string, unknown>) =>
    planner.ask('POST', '/v1/messages', { to: { agent: 'worker' }, type: 'query', content: 1, ...more });
};

describe('the life of a constitution on the command line', () => {
  it('is staged, compared in the shadow, activated, survives kill -9, and is rolled back', {
    timeout: 60_000,
  }, async () => {
    using scratch = scratchDirectory();
    const data = join(scratch.path, 'data');
    const first = revisedConstitution(scratch.path, 5);
    const second = revisedConstitution(scratch.path, 6, noLowPriority);
    const environment = { CHARTERBUS_CONSTITUTION: first };
    const server = ServerProcess.serve(data, environment);
    const url = await server.url;
    const run = operatorOf(url, data);
    const send = await talk(url, data);
    const staged = await run('stage', [second, '--shadow', '--by', 'ada']);
    expect([staged.code, staged.lines[0]]).toEqual([0, expect.stringContaining('revision 6 is staged')]);

    const { shortHash } = await inForceAt(url);
    const low = await send({ priority: 'low', constitutionalHash: shortHash });
    expect([low.status, (await send({ constitutionalHash: shortHash })).status]).toEqual([202, 202]);
    const shadow = await run('shadow', ['--json']);
    expect(shadow.json()).toMatchObject({ judged: 2, different: 1, dropped: 0, failed: 0 });
    expect(shadow.json()['differences']).toMatchObject([
      { before: { effect: 'allow' }, after: { effect: 'deny', policies: ['nothing-low'] }, count: 1 },
    ]);
    expect((await run('shadow', [])).lines.join('\n')).toContain('1 of 2 messages would be decided otherwise.');

    const activated = await run('activate', ['--reason', 'nothing low', '--by', 'ada']);
    expect([activated.code, activated.lines]).toEqual([0, [expect.stringContaining('revision 6 is in force')]]);
    const refused = await send({ priority: 'low', constitutionalHash: shortHash });
    expect([refused.status, refused.body['reasons']]).toEqual([403, ['nothing-low']]);

    server.signal('SIGKILL');
    await server.ended;
    await using again = ServerProcess.serve(data, environment);
    const here = await again.url;
    const runHere = operatorOf(here, data);
    expect(await inForceAt(here)).toMatchObject({ revision: 6 });
    const rolledBack = await runHere('rollback', ['--reason', 'too strict', '--json']);
    expect(rolledBack.json()).toMatchObject({ kind: 'rollback', revision: 5, by: 'operator', why: 'too strict' });
    expect(await inForceAt(here)).toMatchObject({ revision: 5 });
    const { lines } = await runHere('history', []);
    expect(lines.map((line) => line.split('  ')[2])).toEqual(['rollback', 'activate', 'start']);
  });

  it('takes a bundle as it is, with its data as files, and a directory with what was signed of it', async () => {
    using scratch = scratchDirectory();
    const data = join(scratch.path, 'data');
    await using server = ServerProcess.serve(data);
    const url = await server.url;
    const run = operatorOf(url, data);
    const publisher = new Publisher();
    const bundle = join(scratch.path, 'shop.tar.gz');
    writeFileSync(bundle, await publisher.publish(shop(2)));
    const staged = await run('stage', [bundle, '--by', 'ada', '--shadow', '--json']);
    expect(staged.json()).toMatchObject({ name: 'shop', hash: hashOf(shop(2)), by: 'ada', shadow: true });
    const slots = join(scratch.path, 'slots');
    mkdirSync(slots);
    const withData = await run('stage', [bundle, '--data', slots, '--json']);
    expect(withData.json()).toMatchObject({ hash: hashOf(shop(2)), by: 'operator', shadow: false });
    writeFileSync(bundle, 'no bundle');
    const { code, lines } = await run('stage', [bundle]);
    expect([code, lines]).toEqual([4, ['The bundle: is not whole gzip data.']]);
  });

  it('says what the server refused, with the place of each problem', async () => {
    using scratch = scratchDirectory();
    const data = join(scratch.path, 'data');
    const wrong = revisedConstitution(scratch.path, 5, 'permit (principal, action, resource);');
    await using server = ServerProcess.serve(data);
    const run = operatorOf(await server.url, data);
    const { code, lines } = await run('stage', [wrong]);
    expect(code).toBe(4);
    expect(lines).toEqual([
      'The constitution does not validate:',
      expect.stringMatching(/^ {2}policies\/added\.cedar:1/) as string,
    ]);
    expect((await run('activate', ['--reason', 'x'])).lines).toEqual([
      'Nothing is staged; stage a constitution first.',
    ]);
    expect((await run('rollback', ['--reason', 'x'])).lines).toEqual(['No constitution was in force before this one.']);
  });

  it('stages no bundle that says it may not be in force', async () => {
    using scratch = scratchDirectory();
    const data = join(scratch.path, 'data');
    const bundle = join(scratch.path, 'next.tar.gz');
    await using server = ServerProcess.serve(data);
    const run = operatorOf(await server.url, data);
    const files = await readConstitutionDirectory(revisedConstitution(scratch.path, 5));
    for (const status of ['draft', 'revoked'] as const) {
      writeFileSync(bundle, await buildBundle(files, { status }));
      const { code, lines } = await run('stage', [bundle]);
      expect({ code, lines }).toEqual({ code: 4, lines: [expect.stringContaining(`is ${status}`)] });
    }
    writeFileSync(bundle, await buildBundle(files, { status: 'published' }));
    expect((await run('stage', [bundle])).code).toBe(0);
  });
});
