import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleTrace, readReport, runCommand, strictConstitution, temporaryDirectory } from './support.js';

describe('charterbus replay', () => {
  it('replays the example under the default constitution: every message is allowed and delivered', async () => {
    const report = join(await temporaryDirectory(), 'report.json');
    const { exitCode, printed, complained } = await runCommand(['--trace', exampleTrace, '--report', report]);
    expect(exitCode).toBe(0);
    expect(printed.at(-1)).toMatch(
      /^Replayed 3 conversations, 25 messages under default revision \d+ \([0-9a-f]{16}\): 25 allowed and delivered, 0 denied, 0 escalated\. Every message is accounted for\.$/,
    );
    expect(complained).toEqual([
      '2 recorded messages were not sent: 2 instructions, 0 empty, 0 results without a call.',
    ]);
    const { calls, totals, durability, target } = await readReport(report);
    expect({ durability, target }).toEqual({ durability: ['fsync'], target: 'embedded' });
    expect(totals.messages).toEqual({ sent: 25, allowed: 25, denied: 0, escalated: 0, delivered: 25, unknown: 0 });
    expect(calls.map(({ task_id, message, call, tool }) => [task_id, message, call, tool])).toEqual([
      ['lost-pump', 2, 'call_1', 'find_ticket'],
      ['lost-pump', 6, 'call_2', 'add_note'],
      ['lost-pump', 6, 'call_3', 'next_free_slot'],
      ['refund-brakes', 2, 'call_1', 'find_ticket'],
      ['refund-brakes', 4, 'call_1', 'refund'],
      ['spare-tube', 1, 'call_1', 'stock'],
      ['spare-tube', 3, 'call_1', 'stock'],
    ]);
  });

  it('goes on after calls that a constitution denies or escalates', async () => {
    const report = join(await temporaryDirectory(), 'report.json');
    const constitution = await strictConstitution();
    const result = await runCommand(['--trace', exampleTrace, '--constitution', constitution, '--report', report]);
    expect(result.exitCode).toBe(0);
    const { calls, totals, constitution: named } = await readReport(report);
    expect(named?.name).toBe('strict');
    const stopped = calls.filter(({ verdict }) => verdict !== 'allow');
    expect(stopped.map(({ tool, verdict, reasons, policies }) => [tool, verdict, reasons, policies])).toEqual([
      ['add_note', 'escalate', ['notes-are-checked'], ['notes-are-checked', 'tasks']],
      ['refund', 'deny', ['no-refunds'], ['no-refunds']],
    ]);
    expect(totals.messages).toEqual({ sent: 25, allowed: 23, denied: 1, escalated: 1, delivered: 23, unknown: 0 });
    expect(totals.conversations).toEqual({ completed: 3, cut: 0 });
    expect(result.printed.join('\n')).toMatch(/refund +│ +1 │ +0 │ +1 │ +0/);
  });

  it('writes the same report each time, but for the timings', async () => {
    const directory = await temporaryDirectory();
    const read = async (name: string) => {
      const path = join(directory, name);
      await runCommand(['--trace', exampleTrace, '--report', path, '--concurrency', name]);
      const { timings: _timings, ...report } = await readReport(path);
      return report;
    };
    expect(await read('1')).toEqual(await read('16'));
    expect((await readdir(directory)).toSorted()).toEqual(['1', '16']);
  });

  it('skips malformed lines, says so, and ends with 2', async () => {
    const trace = join(await temporaryDirectory(), 'trace.jsonl');
    await writeFile(trace, `${await readFile(exampleTrace, 'utf8')}{\n\n{"messages":1}\n`);
    const { exitCode, complained } = await runCommand(['--trace', trace, '--quiet']);
    expect(exitCode).toBe(2);
    expect(complained.slice(1)).toEqual([
      'Line 4 was skipped: The line is not JSON.',
      expect.stringMatching(/^Line 6 was skipped: messages: /),
    ]);
  });

  it('keeps the store where it is asked to, in an empty directory only', async () => {
    const keep = join(await temporaryDirectory(), 'store');
    expect(await runCommand(['--trace', exampleTrace, '--keep', keep])).toMatchObject({ exitCode: 0 });
    expect((await readdir(keep)).length).toBeGreaterThan(0);
    const again = await runCommand(['--trace', exampleTrace, '--keep', keep]);
    expect(again).toMatchObject({
      exitCode: 1,
      complained: [expect.stringMatching(/is not empty; a replay starts on a fresh store\.$/)],
    });
    const file = await runCommand(['--trace', exampleTrace, '--keep', exampleTrace]);
    expect(file.complained).toEqual([
      expect.stringMatching(/^The replay failed: The store cannot be kept in .* \(E[A-Z]+\)\.$/),
    ]);
  });
});

describe('before a run', () => {
  it.each([
    ['missing/report.json', /the directory .* does not exist\.$/],
    ['folder', /it is a directory\.$/],
    ['file/report.json', /the directory .* does not exist\.$/],
  ])('a report cannot go to %s', async (path, sentence) => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'folder'));
    await writeFile(join(directory, 'file'), '');
    const result = await runCommand(['--trace', exampleTrace, '--report', join(directory, path)]);
    expect(result).toEqual({ exitCode: 1, printed: [], complained: [expect.stringMatching(sentence)] });
  });

  it('a trace that is not there is one sentence', async () => {
    const result = await runCommand(['--trace', join(await temporaryDirectory(), 'none')]);
    expect(result).toEqual({
      exitCode: 1,
      printed: [],
      complained: [expect.stringMatching(/^The trace .* does not exist\.$/)],
    });
  });

  it('a constitution that may not be in force is told with its problems', async () => {
    const constitution = await strictConstitution();
    await writeFile(join(constitution, 'policies', 'workshop.cedar'), 'permit (');
    const result = await runCommand(['--trace', exampleTrace, '--constitution', constitution]);
    expect(result.exitCode).toBe(1);
    expect(result.complained.join('\n')).toMatch(/The constitution does not validate:\n.*workshop\.cedar/);
  });
});
