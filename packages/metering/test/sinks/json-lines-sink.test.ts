import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type JsonLinesOptions, openJsonLinesSink, type UsageEntry, type UsageRecord } from '../../src/index.js';
import { recordOf } from '../support/records.js';

const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-usage-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

const signal = new AbortController().signal;

const entryOf = (source: string, from: number, to: number): UsageEntry => ({
  source,
  from,
  to,
  records: Array.from({ length: to - from }, (_, place): UsageRecord => ({ ...recordOf(), index: from + place })),
});

const fileIn = (directory: string): string => join(directory, 'usage.jsonl');

/** All lines of all files in their order, without the first of each. */
const linesOf = (directory: string): readonly { readonly source: string; readonly index: number }[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted((one, other) => (one === 'usage.jsonl' ? 1 : one < other || other === 'usage.jsonl' ? -1 : 1))
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(1, -1))
    .map((line) => JSON.parse(line) as { readonly source: string; readonly index: number });

const indexesOf = (directory: string): readonly number[] => linesOf(directory).map(({ index }) => index);

const upTo = (end: number): readonly number[] => Array.from({ length: end }, (_, index) => index);

const open = async (directory: string, options: Partial<JsonLinesOptions> = {}) =>
  openJsonLinesSink({ directory, sync: false, ...options });

test('each record is a line, which says all that is known of it', async () => {
  const directory = temporaryDirectory();
  await using sink = await open(directory, { sync: true });
  const record = { ...recordOf({ tool: 'refund', costMicros: 7 }), index: 4 };
  expect(await sink.take({ source: 'log', from: 0, to: 9, records: [record] }, signal)).toBe(9);
  expect(linesOf(directory)).toEqual([{ source: 'log', ...record }]);
  expect(await sink.cursor?.('log')).toBe(9);
  expect(await sink.cursor?.('other')).toBe(0);
});

test('what was written is not written again, and what was not is', async () => {
  const directory = temporaryDirectory();
  await using sink = await open(directory);
  await sink.take(entryOf('log', 0, 3), signal);
  await sink.take(entryOf('log', 0, 5), signal);
  await sink.take(entryOf('other', 0, 2), signal);
  expect(linesOf(directory).map(({ index, source }) => `${source} ${index}`)).toEqual([
    ...upTo(5).map((index) => `log ${index}`),
    'other 0',
    'other 1',
  ]);
});

test('a file that ends anywhere is gone on with behind its last whole line', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 2000 }), fc.constantFrom('', '\u0000\u0000', '{"source"'), async (cut, rest) => {
      const directory = temporaryDirectory();
      {
        await using sink = await open(directory);
        await sink.take(entryOf('log', 0, 8), signal);
      }
      truncateSync(fileIn(directory), Math.min(cut, readFileSync(fileIn(directory)).length));
      appendFileSync(fileIn(directory), rest);
      await using sink = await open(directory);
      const from = Number(await sink.cursor?.('log'));
      await sink.take(entryOf('log', from, 12), signal);
      expect(indexesOf(directory)).toEqual(upTo(12));
    }),
    { seed: 7, numRuns: 60 },
  );
});

test('full files are set aside, and each says how far its sources were before it', async () => {
  const directory = temporaryDirectory();
  {
    await using sink = await open(directory, { rotateBytes: 600 });
    for (let from = 0; from < 12; from += 2) await sink.take(entryOf('log', from, from + 2), signal);
  }
  expect(readdirSync(directory).filter((name) => name.startsWith('usage-')).length).toBeGreaterThan(1);
  expect(indexesOf(directory)).toEqual(upTo(12));
  await using sink = await open(directory);
  expect(await sink.cursor?.('log')).toBe(12);
});

test('one that was killed between two files goes on behind the first', async () => {
  const directory = temporaryDirectory();
  {
    await using sink = await open(directory, { rotateBytes: 1 });
    await sink.take(entryOf('log', 0, 4), signal);
    await sink.take(entryOf('log', 4, 6), signal);
  }
  for (const left of [undefined, '', '{"format":"charterb']) {
    rmSync(fileIn(directory));
    if (left !== undefined) writeFileSync(fileIn(directory), left);
    await using sink = await open(directory);
    expect(await sink.cursor?.('log')).toBe(4);
  }
  await using sink = await open(directory);
  await sink.take(entryOf('log', 4, 6), signal);
  expect(indexesOf(directory)).toEqual(upTo(6));
});

test('no more full files are kept than are asked for', async () => {
  const directory = temporaryDirectory();
  await using sink = await open(directory, { rotateBytes: 1, keptFiles: 2 });
  for (let from = 0; from < 6; from += 1) await sink.take(entryOf('log', from, from + 1), signal);
  expect(indexesOf(directory)).toEqual([3, 4, 5]);
});

test('a line that is none of usage is said, with its place', async () => {
  for (const line of ['nonsense', '{"source":7,"index":1}', '{"source":"log","index":-1}', 'null']) {
    const directory = temporaryDirectory();
    await (await open(directory)).close();
    appendFileSync(fileIn(directory), `${line}\n`);
    await expect(open(directory)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await expect(open(directory)).rejects.toThrow('Line 2 of');
  }
  const directory = temporaryDirectory();
  writeFileSync(fileIn(directory), '{"format":"charterbus-usage-1","cursors":{"log":"far"}}\n');
  await expect(open(directory)).rejects.toThrow('Line 1 of');
});

test('a directory has one owner, until it is closed', async () => {
  const directory = temporaryDirectory();
  const sink = await open(directory);
  await expect(open(directory)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await sink.close();
  await sink.close();
  await expect(Promise.resolve(sink.take(entryOf('log', 0, 1), signal))).rejects.toMatchObject({
    code: 'SINK_UNAVAILABLE',
  });
  await (await open(directory)).close();
});

test('after a failure the files themselves say where to go on', async () => {
  const directory = temporaryDirectory();
  await using sink = await open(directory, { rotateBytes: 1 });
  await sink.take(entryOf('log', 0, 2), signal);
  rmSync(fileIn(directory));
  await expect(Promise.resolve(sink.take(entryOf('log', 2, 4), signal))).rejects.toMatchObject({
    code: 'SINK_UNAVAILABLE',
  });
  expect(await sink.cursor?.('log')).toBe(0);
  await sink.take(entryOf('log', 0, 4), signal);
  expect(indexesOf(directory)).toEqual(upTo(4));
});

test('options out of bounds are refused', async () => {
  for (const options of [{ keptFiles: 0 }, { rotateBytes: 0.5 }]) {
    await expect(open(temporaryDirectory(), options)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  }
});
