import { expect, test } from 'vitest';
import { fileSystemName, recordEnvironment } from '../../src/report/environment.js';
import { jsonReport } from '../../src/report/json-report.js';
import { reportSchema } from '../../src/report/report-schema.js';

const environment = recordEnvironment({ quick: true, rounds: 5 })();

test('what is inconclusive is neither passed nor failed', () => {
  const interval = { median: 1, low: 0.5, high: 2, trusted: true };
  const ratio = { name: 'wide', interval, target: { atLeast: 1 }, conclusion: 'inconclusive' } as const;
  const { suites } = jsonReport(environment, [{ name: 'suite', title: '', rows: [], ratios: [ratio] }]);
  expect(suites[0]?.ratios).toEqual([{ name: 'wide (at least)', value: 1, target: 1, pass: null }]);
});

test('a report that is not what the schema says is refused', () => {
  const report = jsonReport(environment, []);
  expect(reportSchema.safeParse(report).success).toBe(true);
  expect(reportSchema.safeParse({ ...report, more: 1 }).success).toBe(false);
  expect(reportSchema.safeParse({ ...report, suites: [{ name: 'x', rows: [{}], ratios: [] }] }).success).toBe(false);
});

test('the environment names the versions of what is measured', () => {
  expect(environment.versions).toMatchObject({ moleculer: expect.stringMatching(/^\d+\./) as string });
  expect(Object.values(environment.versions)).not.toContain('unknown');
});

test('a file system is named where its number is known', () => {
  expect(fileSystemName(0x01021994)).toBe('tmpfs');
  expect(fileSystemName(0xabc)).toBe('0xabc');
});
