import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  exampleConstitution,
  exampleTrace,
  readReport,
  runCommand,
  strictConstitution,
  temporaryDirectory,
} from './support.js';

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

describe('what would have been stopped', () => {
  const args = ['--trace', exampleTrace, '--constitution', exampleConstitution];

  it('is reported by rule, with what the rule says and what was said before', async () => {
    const report = join(await temporaryDirectory(), 'report.json');
    const { printed } = await runCommand([...args, '--report', report]);
    const { stopped, trace } = await readReport(report);
    expect(trace).toBe('conversations.jsonl');
    expect(stopped.map(({ rule, verdict, file, count }) => [rule, verdict, file, count])).toEqual([
      ['no-refunds', 'deny', 'policies/counter.cedar', 1],
      ['notes-are-read', 'escalate', 'policies/counter.cedar', 1],
    ]);
    expect(stopped[0]?.description).toBe("Money goes back to a customer by the foreman's hand only.");
    expect(stopped[0]?.calls).toEqual([
      {
        task_id: 'refund-brakes',
        trial: 0,
        message: 4,
        call: 'call_1',
        tool: 'refund',
        arguments: { ticket: 4688, amount: 38 },
        excerpt: [
          {
            message: 1,
            role: 'customer',
            text: 'The brakes that you mounted last week squeal. I want my 38 crowns back.',
          },
          { message: 4, role: 'agent', text: 'I give you the money back.' },
        ],
      },
    ]);
    expect(printed).toContain('What the constitution would have stopped: 2 of 7 tool calls');
    expect(printed.join('\n')).toMatch(
      /no-refunds: Money goes back .*\n +1 call denied; policies\/counter\.cedar:\d+\n/,
    );
  });

  it('is written for people as Markdown and as HTML, the same each time', async () => {
    const directory = await temporaryDirectory();
    const write = async (run: string): Promise<readonly string[]> => {
      const paths = [join(directory, `${run}.md`), join(directory, `${run}.html`)] as const;
      const result = await runCommand([...args, '--markdown', paths[0], '--html', paths[1], '--concurrency', run]);
      expect(result.exitCode).toBe(0);
      return Promise.all(paths.map((path) => readFile(path, 'utf8')));
    };
    const [markdown = '', html = ''] = await write('1');
    expect(await write('16')).toEqual([markdown, html]);
    for (const text of [markdown, html]) {
      expect(text).toContain('2 of 7 tool calls would have been stopped: 1 denied, 1 held for a decision.');
      expect(text).toContain('The brakes that you mounted last week squeal.');
    }
    expect((await readdir(directory)).toSorted()).toEqual(['1.html', '1.md', '16.html', '16.md']);
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

  it.each(['--markdown', '--html'])('no directory for the report of %s is refused', async (option) => {
    const path = join(await temporaryDirectory(), 'missing', 'report');
    const result = await runCommand(['--trace', exampleTrace, option, path]);
    expect(result).toEqual({
      exitCode: 1,
      printed: [],
      complained: [expect.stringMatching(/the directory .* does not exist\.$/)],
    });
  });

  it('two reports in one file are refused', async () => {
    const path = join(await temporaryDirectory(), 'report');
    const result = await runCommand(['--trace', exampleTrace, '--report', path, '--html', path]);
    expect(result).toMatchObject({ exitCode: 1, complained: [`Two reports cannot both be written to ${path}.`] });
  });

  it('data that is no directory is refused, and so is data for a server, which has its own', async () => {
    const missing = join(await temporaryDirectory(), 'missing');
    const refused = async (...more: readonly string[]): Promise<string> => {
      const { exitCode, complained } = await runCommand(['--trace', exampleTrace, ...more]);
      expect(exitCode).toBe(1);
      return complained.join('\n');
    };
    expect(await refused('--data', missing)).toMatch(/^The data directory .* cannot be read \(ENOENT\)\.$/);
    expect(await refused('--data', exampleTrace)).toMatch(
      /is not a directory; name one that holds <slot>\.json files\.$/,
    );
    expect(await refused('--data', missing, '--server', 'http://127.0.0.1:1')).toMatch(/cannot be used with option/);
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
