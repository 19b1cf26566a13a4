import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultConstitutionDirectory } from '@charterbus/policy-client';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/version.js';
import { runProgramInside as run } from '../support/run-program.js';
import { ServerProcess, scratchDirectory } from '../support/server-process.js';

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

  it('tells how many tests each policy decides', async () => {
    const { printed, complaints, code } = await run('constitution', 'test', defaultConstitutionDirectory);
    expect({ complaints, code }).toEqual({ complaints: [], code: 0 });
    expect(printed[0]).toMatch(/│ tenant-boundary +│ +\d+ │/);
    expect(printed[1]).toMatch(/^(\d+) of \1 tests pass; every policy decides some\.$/);
    const json = await run('constitution', 'test', defaultConstitutionDirectory, '--json');
    const { coverage } = JSON.parse(json.printed[0] ?? '') as { coverage: { policy: string; tests: number }[] };
    expect(coverage.find(({ policy }) => policy === 'queries')?.tests).toBeGreaterThan(5);
  });

  it('says of each test that fails where it stands and why, and which policies none decides', async () => {
    using scratch = scratchDirectory();
    cpSync(defaultConstitutionDirectory, scratch.path, { recursive: true });
    writeFileSync(
      join(scratch.path, 'policies', 'more.cedar'),
      '@id("never")\nforbid (principal, action, resource) when { context.contentBytes < 0 };\n',
    );
    writeFileSync(
      join(scratch.path, 'tests', 'more.yaml'),
      `defaults: { sender: { tenant: acme, id: a }, recipient: { tenant: acme, id: b } }
tests:
  - { name: wrong, message: { type: command }, expect: { verdict: allow } }
`,
    );
    const { printed, complaints, code } = await run('constitution', 'test', scratch.path);
    expect(code).toBe(4);
    expect(complaints).toEqual(['tests/more.yaml:3: test "wrong": expected allow, got deny (POLICY_DEFAULT_DENY).']);
    expect(printed[0]).toMatch(/│ never +│ +none │/);
    expect(printed[1]).toMatch(/tests pass; 1 of \d+ policies decide none\.$/);
  });

  const withSlot = (directory: string): void => {
    cpSync(defaultConstitutionDirectory, directory, { recursive: true });
    appendFileSync(
      join(directory, 'manifest.yaml'),
      `facts:
  types: { Case: { open: bool } }
  tables: { cases: { slot: cases, row: Case } }
  tools: { close_case: { arguments: { case_id: string }, facts: { open: 'cases[args.case_id].open' } } }
`,
    );
  };

  it('checks the external data too', async () => {
    using scratch = scratchDirectory();
    const [directory, data] = [join(scratch.path, 'constitution'), join(scratch.path, 'data')];
    withSlot(directory);
    mkdirSync(data);
    const checkIt = (...more: readonly string[]) => run('constitution', 'check', directory, ...more);
    expect((await checkIt()).code).toBe(0);
    expect(await checkIt('--data', data)).toEqual({
      code: 4,
      printed: [],
      complaints: ['The data is not complete:', '  cases.json is not there.'],
    });
    writeFileSync(join(data, 'cases.json'), '{"1": {"open": "yes"}}');
    const wrong = await checkIt('--data', data);
    expect(wrong.code).toBe(4);
    expect(wrong.complaints[1]).toMatch(/^ {2}cases\.json: /);
    writeFileSync(join(data, 'cases.json'), '{"1": {"open": true}}');
    const right = await checkIt('--data', data, '--json');
    expect(JSON.parse(right.printed[0] ?? '')).toMatchObject({
      slots: { cases: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown },
    });
    expect((await checkIt('--data', join(data, 'nowhere'))).code).toBe(4);
  });

  it('prints the schema of policies, which is then checked with them', async () => {
    using scratch = scratchDirectory();
    withSlot(scratch.path);
    const path = join(scratch.path, 'schema.cedarschema');
    rmSync(path, { force: true });
    const { printed } = await run('constitution', 'schema', scratch.path);
    expect(printed[0]).toMatch(/action close_case in \[send\] appliesTo \{[^}]*open: Bool,/);
    writeFileSync(path, printed[0] ?? '');
    expect((await run('constitution', 'check', scratch.path)).code).toBe(0);
    writeFileSync(path, (printed[0] ?? '').replace('open: Bool', 'open?: Bool'));
    const { complaints } = await run('constitution', 'check', scratch.path);
    expect(complaints[1]).toMatch(/^ {2}schema\.cedarschema:\d+:\d+: .*close_case has open: Bool, not open\?: Bool\.$/);
  });
});
