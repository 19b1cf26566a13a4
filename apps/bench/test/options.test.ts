import { describe, expect, test } from 'vitest';
import { type BenchOptions, benchCommand } from '../src/options.js';

const parse = async (...line: string[]): Promise<BenchOptions | undefined> => {
  let read: BenchOptions | undefined;
  const command = benchCommand(['policy', 'embedded'], async (options) => {
    read = options;
  });
  await command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(line, { from: 'user' });
  return read;
};

describe('the command line', () => {
  test('without arguments means every suite, in full', async () => {
    expect(await parse()).toEqual({ suites: [], quick: false });
  });

  test('names suites and files', async () => {
    const read = await parse('embedded', 'policy', '--quick', '--json', 'a.json', '--markdown', 'a.md');
    expect(read).toEqual({ suites: ['embedded', 'policy'], quick: true, json: 'a.json', markdown: 'a.md' });
  });

  test('refuses a suite that is not there', async () => {
    await expect(parse('redis')).rejects.toThrow(/policy, embedded/);
  });
});
