import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Child, keptRuns, type Recorded, Recorder, readHistory, runAndJudge } from '../../../testing/index.js';

const scratch = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'charterbus-history-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
};

const found: Recorded = { kind: 'found', message: 'm', send: 's', leaf: 0, deliveries: [] };
const log: Recorded = { kind: 'log', leaves: 1, gaps: [] };

test('a run that breaks a promise is kept, and its error names the seed, the place and what was broken', async () => {
  vi.stubEnv('CHARTERBUS_KEPT_RUNS', scratch());
  const run = runAndJudge('sample', 42, async (directory) => {
    const recorder = new Recorder(directory, 'somebody');
    recorder.note({ kind: 'sending', send: 's' });
    recorder.note({ kind: 'receipt', send: 's', message: 'm', leaf: 0, duplicate: false, durability: 'fsync' });
    recorder.note(log);
  });
  const kept = join(keptRuns(), 'sample-42');
  await expect(run).rejects.toThrow(
    `The run sample with the seed 42 failed; it is kept in ${kept}.\nnobody looked: the history ends without a look at the store\nlost: m (s) had a receipt`,
  );
  expect(readHistory(kept).map(({ kind }) => kind)).toEqual(['sending', 'receipt', 'log']);
});

test('a run that ends in an error is kept as well, and one that does well is not', async () => {
  vi.stubEnv('CHARTERBUS_KEPT_RUNS', join(scratch(), 'kept'));
  const broken = runAndJudge('broken', 7, () => Promise.reject(new Error('no server')));
  await expect(broken).rejects.toThrow(/seed 7 failed; .*\nno server/);
  expect(readdirSync(keptRuns())).toEqual(['broken-7']);
  let place = '';
  const events = await runAndJudge('good', 7, async (directory) => {
    place = directory;
    const recorder = new Recorder(directory, 'somebody');
    recorder.note({ kind: 'sending', send: 's' });
    recorder.note(found);
    recorder.note(log);
  });
  expect(events).toHaveLength(3);
  expect(existsSync(place)).toBe(false);
  expect(readdirSync(keptRuns())).toEqual(['broken-7']);
});

test('what a process noted before it was killed is there, in the order of all processes; a line that was cut is not', async () => {
  const directory = scratch();
  const child = new Child(new URL('note-forever.ts', import.meta.url), directory);
  onTestFinished(() => child.kill());
  const last = Number(await child.line());
  new Recorder(directory, 'owner').note({ kind: 'ended', process: 'child' });
  await child.kill();
  writeFileSync(join(directory, 'torn-1.history'), '{"kind":"log","le');
  const events = readHistory(directory);
  const own = events.filter(({ by }) => by === 'child');
  expect(own.length).toBeGreaterThanOrEqual(last);
  expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted((left, right) => left - right));
  expect(events.some(({ kind }) => kind === 'ended')).toBe(true);
});
