import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { airlineData, requireService } from '@charterbus/tooling/testing';
import { expect, it } from 'vitest';
import { readReport, runCommand, strictConstitution, temporaryDirectory } from './support.js';

it('accounts for every message of a hundred recorded conversations', { timeout: 60_000 }, async (context) => {
  const data = requireService(context, airlineData);
  const report = join(await temporaryDirectory(), 'report.json');
  const { exitCode } = await runCommand(['--trace', join(data, 'trajectories.jsonl'), '--report', report]);
  expect(exitCode).toBe(0);
  const { calls, totals, ...result } = await readReport(report);
  expect(result).toMatchObject({ outcome: 'complete', problems: [], conversations: 100, durability: ['fsync'] });
  expect(totals.conversations).toEqual({ completed: 100, cut: 0 });
  const { sent, allowed, delivered, unknown } = totals.messages;
  expect([allowed, delivered, unknown]).toEqual([sent, sent, 0]);
  // 757 of the customers, 699 texts of the agent, 572 calls and as many results.
  expect([sent, calls.length]).toEqual([2600, 572]);
});

it('shows the cancellations that a rule would have stopped', { timeout: 60_000 }, async (context) => {
  const data = requireService(context, airlineData);
  const directory = await temporaryDirectory();
  const constitution = await strictConstitution();
  const rule = `
    @id("no-cancellations")
    @description("Nothing is cancelled.")
    forbid (principal, action == Action::"send", resource is Agent)
    when { context.messageType == "task_request" && resource.id == "tool:cancel_reservation" };`;
  await writeFile(join(constitution, 'policies', 'cancel.cedar'), rule);
  const [report, html] = [join(directory, 'report.json'), join(directory, 'report.html')];
  const trace = join(data, 'trajectories.jsonl');
  await runCommand(['--trace', trace, '--constitution', constitution, '--report', report, '--html', html]);
  const { stopped, calls } = await readReport(report);
  const cancelled = calls.filter(({ tool }) => tool === 'cancel_reservation');
  expect(stopped).toMatchObject([{ rule: 'no-cancellations', description: 'Nothing is cancelled.', count: 35 }]);
  expect(stopped[0]?.calls.map(({ call }) => call)).toEqual(cancelled.slice(0, 25).map(({ call }) => call));
  expect(stopped[0]?.calls.every(({ excerpt }) => excerpt.some(({ role }) => role === 'customer'))).toBe(true);
  expect(await readFile(html, 'utf8')).toContain('Shown: the first 25 of 35 calls.');
});
