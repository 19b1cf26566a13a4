import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { showProgress } from '../src/progress.js';

const run = (stream: PassThrough & { isTTY?: boolean }): string => {
  const progress = showProgress(stream);
  {
    using _shown = progress.begin('policy', 20);
    for (let step = 1; step <= 20; step++) progress.step(`step ${step}`);
  }
  return String(stream.read());
};

test('in a log each tenth is a line', () => {
  const text = run(new PassThrough());
  expect(text.split('\n').slice(0, 3)).toEqual(['policy …', '  10 %  step 2', '  20 %  step 4']);
  expect(text).toContain('policy: ended after 20 of 20 steps');
});

test('on a terminal it is a bar', () => {
  const text = run(Object.assign(new PassThrough(), { isTTY: true, cursorTo: () => {}, clearLine: () => {} }));
  expect(text).toContain('policy');
  expect(text).not.toContain('step 2\n');
});
