import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultConstitutionDirectory } from '@charterbus/policy-client';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/commands/program.js';
import { version } from '../../src/version.js';
import { ServerProcess, scratchDirectory } from '../support/server-process.js';

const run = async (...args: string[]) => {
  const printed: string[] = [];
  const complaints: string[] = [];
  let code = 0;
  const terminal = {
    environment: {},
    print: (line: string) => void printed.push(line),
    complain: (line: string) => void complaints.push(line),
    exitWith: (given: number) => {
      code = given;
    },
  };
  await runProgram(terminal, ['node', 'charterbus', ...args]);
  return { printed, complaints, code };
};

describe('charterbus', () => {
  it.each([
    [['--version'], version],
    [['--help'], 'Usage: charterbus'],
    [['serve', '--help'], 'CHARTERBUS_DATA_DIR'],
  ])('%j tells and ends with 0', async (args, words) => {
    await using command = new ServerProcess(args);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    expect(command.output).toContain(words);
  });

  it('does not know other commands', async () => {
    await using command = new ServerProcess(['nonsense']);
    expect((await command.ended).code).toBe(1);
    expect(command.errors).toContain("unknown command 'nonsense'");
  });
});

describe('charterbus constitution', () => {
  it('checks one that may be in force', async () => {
    const { printed, code } = await run('constitution', 'check', defaultConstitutionDirectory);
    expect(printed).toEqual([
      expect.stringMatching(/^default revision 1 may be in force: \d+ policies, its tests pass/),
    ]);
    expect(code).toBe(0);
  });

  it('prints JSON, with the hash that `hash` prints', async () => {
    const checked = await run('constitution', 'check', defaultConstitutionDirectory, '--json');
    const { hash } = JSON.parse(checked.printed[0] ?? '') as { hash: string };
    expect((await run('constitution', 'hash', defaultConstitutionDirectory)).printed).toEqual([hash]);
    const hashed = await run('constitution', 'hash', defaultConstitutionDirectory, '--json');
    expect(JSON.parse(hashed.printed[0] ?? '')).toEqual({ hash, sealedShortHash: hash.slice(0, 16) });
  });

  it('lists what is wrong with one, with its place', async () => {
    using scratch = scratchDirectory();
    cpSync(defaultConstitutionDirectory, scratch.path, { recursive: true });
    writeFileSync(
      join(scratch.path, 'policies', 'tenants.cedar'),
      '@id("x")\npermit (principal, action, resource) when { 1 };\n',
    );
    const { complaints, code, printed } = await run('constitution', 'check', scratch.path);
    expect(code).toBe(4);
    expect(printed).toEqual([]);
    expect(complaints[0]).toBe('The constitution does not validate:');
    expect(complaints[1]).toMatch(/^ {2}policies\/tenants\.cedar:\d+:\d+: /);
  });

  it('lists the tests that one fails', async () => {
    using scratch = scratchDirectory();
    cpSync(defaultConstitutionDirectory, scratch.path, { recursive: true });
    writeFileSync(
      join(scratch.path, 'policies', 'more.cedar'),
      '@id("nothing")\nforbid (principal, action, resource);\n',
    );
    const { complaints, code } = await run('constitution', 'check', scratch.path);
    expect(code).toBe(4);
    expect(complaints[0]).toBe('The constitution fails its own tests:');
  });
});
