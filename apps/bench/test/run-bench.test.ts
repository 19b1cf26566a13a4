import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startHere } from '../src/harness/runner.js';
import { reportSchema } from '../src/index.js';
import type { BenchOptions } from '../src/options.js';
import { runBench } from '../src/run-bench.js';
import { quiet } from './support/quiet.js';
import { tinySuite } from './support/tiny-suite.js';

const plan = { rounds: 5, warmUp: { least: 1, most: 2 }, batchMs: 1 };
const other = { ...tinySuite, name: 'other' };

const run = async (options: Partial<BenchOptions>) => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const files = { json: join(directory, 'report.json'), markdown: join(directory, 'report.md') };
  let printed = '';
  const print = (text: string): void => {
    printed += text;
  };
  const given = { suites: [], quick: true, ...files, ...options };
  await runBench(given, { suites: [tinySuite, other], start: startHere, progress: quiet, print, plan });
  const report = reportSchema.parse(JSON.parse(readFileSync(files.json, 'utf8')));
  return { report, printed, markdown: readFileSync(files.markdown, 'utf8') };
};

test('a quick run writes a report that its schema takes, and prints the tables that it writes', async () => {
  const { report, printed, markdown } = await run({ suites: ['tiny'] });
  expect(report.environment).toMatchObject({ quick: true, rounds: 5, node: process.version });
  expect(report.suites.map(({ name }) => name)).toEqual(['tiny']);
  expect(report.suites[0]?.rows.map(({ name, kind }) => [name, kind])).toEqual([
    ['ours', 'ours'],
    ['theirs', 'peer'],
    ['bare', 'limit'],
  ]);
  expect(printed).toBe(markdown);
  expect(markdown).toContain('## tiny: adding numbers');
  expect(markdown).toContain(String.raw`Leaves out: nothing | at all.`);
});

test('a target that is missed is shown as missed, and nothing is concluded without one', async () => {
  const { report, markdown } = await run({ suites: ['tiny'] });
  expect(report.suites[0]?.ratios).toMatchObject([
    { name: 'one (at least)', value: 1, target: 1, pass: true },
    { name: 'two (at most)', value: 2, target: 1, pass: false },
    { name: 'free', target: null, pass: null },
  ]);
  expect(markdown).toMatch(/\| two +\| fail +\| +2 \| +2–2 \| +≤ 1 \|/);
});

test('without names every suite runs', async () => {
  const { report } = await run({});
  expect(report.suites.map(({ name }) => name)).toEqual(['tiny', 'other']);
});

test('files are written only where they are asked for', async () => {
  let printed = '';
  const print = (text: string): void => {
    printed += text;
  };
  const surroundings = { suites: [tinySuite], start: startHere, progress: quiet, print, plan };
  await runBench({ suites: [], quick: false }, surroundings);
  expect(printed).not.toContain('(quick)');
});
