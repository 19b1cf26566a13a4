import { expect, test } from 'vitest';
import { startInOwnProcess } from '../../src/harness/own-process.js';
import { sampleSchema } from '../../src/measure/sample.js';
import type { Row } from '../../src/suite.js';
import { findRow } from '../../src/suites/registry.js';

/** As built: a process of its own knows nothing of the test's. */
const built = (file: string): URL => new URL(`../../dist/${file}`, import.meta.url);
const start = startInOwnProcess(built('row-process.js'));

const light = findRow('policy', 'CASL, rules: 1');

test('a row is measured in a process of its own', async () => {
  const runner = await start('policy', light);
  expect(await runner.warmUp({ least: 1, most: 1 })).toBeGreaterThan(0);
  const sample = await runner.sample(10);
  expect(sampleSchema.parse(sample)).toEqual(sample);
  await runner[Symbol.asyncDispose]();
  await runner[Symbol.asyncDispose]();
});

test('what a row says when it fails is the reason of the failure', async () => {
  const nowhere: Row = { ...light, name: 'nowhere' };
  await expect(start('policy', nowhere)).rejects.toThrow('There is no row nowhere in a suite policy.');
});

test('a process that ends without an answer is a failure', async () => {
  await expect(startInOwnProcess(built('index.js'))('policy', light)).rejects.toThrow('Its process ended with 0.');
});
