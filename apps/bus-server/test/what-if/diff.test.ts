import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/commands/program.js';
import { airlineExample, replayAirline } from '../airline/support/replayed.js';
import { noLowPriority, revisedConstitution } from '../support/constitutions.js';
import { operatorToken, ServerBench } from '../support/server-bench.js';
import { scratchDirectory } from '../support/server-process.js';

const diff = async (...args: string[]) => {
  const lines: string[] = [];
  const complaints: string[] = [];
  let code = 0;
  const terminal = {
    environment: { CHARTERBUS_OPERATOR_TOKEN: operatorToken },
    print: (line: string) => void lines.push(line),
    complain: (line: string) => void complaints.push(line),
    exitWith: (given: number) => void (code = given),
  };
  await runProgram(terminal, ['node', 'charterbus', 'constitution', 'diff', ...args]);
  return {
    code,
    lines,
    complaints,
    json: () => JSON.parse(lines.join('') || JSON.stringify(complaints)) as Record<string, unknown>,
  };
};

const { constitution, data, trace } = airlineExample;
const onTrace = ['--trace', trace, '--data', data];

/** The airline's constitution with one file of policies changed, and without tests, which would notice. */
const changed = (within: string, file: string, change: (text: string) => string): string => {
  const directory = join(within, 'changed');
  cpSync(constitution, directory, { recursive: true });
  rmSync(join(directory, 'tests'), { recursive: true });
  const manifest = join(directory, 'manifest.yaml');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('tests: required', 'tests: optional'));
  const path = join(directory, 'policies', file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return directory;
};

/** What the example's trace breaks by the rule alone, as a replay tells it. */
const stoppedBy = async (rule: string): Promise<number> => {
  const { calls } = await replayAirline(trace, data);
  return calls.filter(({ verdict, reasons }) => verdict === 'deny' && reasons.join() === rule).length;
};

/** As a replay tells it: behind a code stand the facts that were wanting. */
const ruleOf = ({ reasons }: { readonly reasons: readonly string[] }): string =>
  reasons[0]?.includes('_') === true ? reasons[0] : reasons.join();

describe('constitution diff', () => {
  it('tells of a constitution and itself that nothing changes', async () => {
    const { code, lines } = await diff(constitution, constitution, ...onTrace);
    expect([code, lines]).toEqual([
      0,
      [expect.stringMatching(/^0 of \d+ messages are decided otherwise; nothing that was denied is allowed\.$/)],
    ]);
  });

  it('lists what a dropped rule would let pass, with examples, and ends with 3', async () => {
    using scratch = scratchDirectory();
    const lax = changed(scratch.path, 'booking.cedar', (text) => text.replace('passengers > 5', 'passengers > 500'));
    const expected = await stoppedBy('R6');
    const { code, json } = await diff(constitution, lax, ...onTrace, '--json');
    const { newlyAllowed, groups } = json() as { newlyAllowed: number; groups: Record<string, unknown>[] };
    expect([code, newlyAllowed > 0, newlyAllowed <= expected]).toEqual([3, true, true]);
    expect(groups[0]).toMatchObject({
      before: { effect: 'deny', policies: ['R6'] },
      after: { effect: 'allow' },
      newlyAllowed: true,
      count: newlyAllowed,
    });
    expect(groups[0]).toMatchObject({
      examples: [{ tool: 'book_reservation', from: 'agent', facts: { before: { action: 'book_reservation' } } }],
    });
  });

  it('lists what a stricter rule would stop, and ends with 0', async () => {
    using scratch = scratchDirectory();
    const strict = changed(scratch.path, 'booking.cedar', (text) =>
      text.replace('context.passengers > 5', 'context.passengers > 0'),
    );
    const { code, lines } = await diff(constitution, strict, ...onTrace);
    expect(code).toBe(0);
    expect(lines.join('\n')).toMatch(/allow → deny, R6:\n {2}line \d+/);
  });

  it('judges as a replay does: what it says was denied, a replay denies', async () => {
    using scratch = scratchDirectory();
    const open = changed(scratch.path, 'everything-else.cedar', (text) => text);
    for (const file of ['booking', 'cancelling', 'changing', 'compensating']) {
      rmSync(join(open, 'policies', `${file}.cedar`));
    }
    const { json } = await diff(constitution, open, ...onTrace, '--json');
    const { groups } = json() as { groups: { before: { effect: string; reasons: string[] }; count: number }[] };
    const report = await replayAirline(trace, data);
    const denied = Map.groupBy(
      report.calls.filter(({ verdict }) => verdict === 'deny'),
      ({ reasons }) => reasons.join(),
    );
    const told = groups
      .filter(({ before }) => before.effect === 'deny')
      .map(({ before, count }) => [ruleOf(before), count]);
    expect(told.length).toBeGreaterThan(5);
    for (const [rule, count] of told) expect([rule, count]).toEqual([rule, denied.get(String(rule))?.length]);
  });

  it('passes over lines that are no conversations, and says so', async () => {
    using scratch = scratchDirectory();
    const path = join(scratch.path, 'trace.jsonl');
    cpSync(trace, path);
    appendFileSync(path, '{"messages": 1}\n');
    const { code, complaints } = await diff(constitution, constitution, '--trace', path, '--data', data);
    expect([code, complaints]).toEqual([2, [expect.stringMatching(/^Line \d+ is passed over: /)]]);
  });

  it('says what is wrong with what it is given', async () => {
    const missing = await diff(constitution, constitution, '--trace', '/nowhere.jsonl', '--data', data);
    expect([missing.code, missing.complaints]).toEqual([2, ['The trace /nowhere.jsonl does not exist.']]);
    expect((await diff(constitution, constitution, '--data', data)).complaints).toEqual(['State --trace or --server.']);
    expect((await diff(constitution, '/nowhere', ...onTrace)).complaints).toEqual([
      '/nowhere cannot be read (ENOENT).',
    ]);
  });

  it('looks at the newest messages of a running server', async () => {
    using scratch = scratchDirectory();
    await using bench = await ServerBench.open();
    const { handle: planner } = await bench.register({ id: 'planner', tenant: 'acme', role: 'executive' });
    await bench.register({ id: 'worker', tenant: 'acme' });
    await bench.register({ id: 'leaver', tenant: 'acme' });
    const to = (agent: string, more: object = {}) => ({ to: { agent }, type: 'query', content: 1, ...more }) as const;
    await planner.send(to('worker', { priority: 'low' }));
    await planner.send(to('leaver'));
    await planner.send(to('worker', { conversationId: 'talk' }));
    await planner.send({ to: { everyone: true }, type: 'event', content: 2, priority: 'low' });
    await bench.bus.operations.unregister({ tenant: 'acme', agent: 'leaver' });
    const now = revisedConstitution(scratch.path, 1);
    const next = revisedConstitution(scratch.path, 2, noLowPriority);
    const url = await bench.url();
    const { code, json } = await diff(now, next, '--server', url, '--json');
    expect([code, json()]).toEqual([
      0,
      expect.objectContaining({ messages: 3, changed: 2, skipped: 1, newlyAllowed: 0 }),
    ]);
    const newest = (await diff(now, next, '--server', url, '--json', '--messages', '2')).json();
    expect(newest).toMatchObject({ messages: 2, changed: 1, skipped: 0 });
  });
});
