import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { progressBar } from '../../src/replay/progress-bar.js';

const screen = (isTTY: boolean) =>
  Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });

const drawn = (stream: PassThrough): string => String(stream.read() ?? '');

it('shows how much of the trace is done with', () => {
  const stream = screen(true);
  {
    using bar = progressBar({ stream, quiet: false, size: 10 });
    bar.message();
    bar.line(10);
  }
  expect(drawn(stream)).toContain('0 %');
});

it.each([
  ['nobody looks', { isTTY: false, quiet: false, size: 10 }],
  ['it is asked to be quiet', { isTTY: true, quiet: true, size: 10 }],
  ['the end is not known', { isTTY: true, quiet: false, size: undefined }],
])('shows nothing when %s', (_when, { isTTY, quiet, size }) => {
  const stream = screen(isTTY);
  {
    using bar = progressBar({ stream, quiet, size });
    bar.message();
    bar.line(10);
  }
  expect(drawn(stream)).toBe('');
});
