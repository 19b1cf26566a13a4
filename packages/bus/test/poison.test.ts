import { Child } from '@charterbus/tooling/testing';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from './support/directories.js';

/** All that a bus says that a poisonous message ends, or that outlives it. */
const run = async (directory: string): Promise<readonly string[]> => {
  const child = new Child(new URL('./support/poisoned-bus.ts', import.meta.url), directory);
  onTestFinished(() => child.kill());
  const said: string[] = [];
  for (let line = await child.line(); line !== undefined; line = await child.line()) said.push(line);
  return said;
};

test('a message whose handler kills the process at once uses up its attempts', { timeout: 60_000 }, async () => {
  const directory = temporaryDirectory();
  const runs: string[] = [];
  while (runs.length < 6 && !runs.some((said) => said.startsWith('dead'))) runs.push(...(await run(directory)));
  // Of the first time nothing can be known: nobody had written that it was given.
  expect(runs).toEqual(['given 1', 'given 1', 'given 2', 'dead LEASE_EXPIRED 2']);
});
