import { join } from 'node:path';
import { airlineData, requireService } from '@charterbus/tooling/testing';
import { expect, it } from 'vitest';
import { readReport, runCommand, temporaryDirectory } from './support.js';

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
