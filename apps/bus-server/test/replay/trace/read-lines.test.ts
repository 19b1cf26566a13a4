import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines, type TraceLine } from '../../../src/replay/trace/read-lines.js';
import { collect } from '../support.js';

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const linesOf = (text: string | Uint8Array, most = 20, sizes: readonly number[] = [3]): Promise<TraceLine[]> =>
  collect(readLines(chunked(Buffer.from(text), sizes), most));

describe('reading lines', () => {
  it('numbers them, with and without a last line break', async () => {
    const expected = [
      { number: 1, bytes: 4, text: 'one' },
      { number: 2, bytes: 3, text: 'two' },
    ];
    expect(await linesOf('one\ntwo')).toEqual(expected);
    expect(await linesOf('one\ntwo\n')).toMatchObject([{ text: 'one' }, { text: 'two' }]);
  });

  it('leaves blank lines out but counts them, and takes CRLF', async () => {
    expect(await linesOf('\n \r\nthree\r\n')).toMatchObject([{ number: 3, text: 'three\r' }]);
  });

  it('leaves out a byte order mark', async () => {
    expect(await linesOf('\u{FEFF}one')).toMatchObject([{ text: 'one' }]);
  });

  it('takes a line of the longest length and reports a longer one, at the end too', async () => {
    const lines = await linesOf(`${'a'.repeat(20)}\n${'b'.repeat(21)}\n${'c'.repeat(500)}\nd\n${'e'.repeat(21)}`);
    expect(lines).toMatchObject([
      { number: 1, text: 'a'.repeat(20) },
      { number: 2, problem: 'The line is longer than 20 bytes.' },
      { number: 3, bytes: 501, problem: 'The line is longer than 20 bytes.' },
      { number: 4, text: 'd' },
      { number: 5, problem: 'The line is longer than 20 bytes.' },
    ]);
  });

  it('reports what is not UTF-8', async () => {
    expect(await linesOf(Uint8Array.of(0xc3, 0x28, 0x0a, 0x61))).toMatchObject([
      { number: 1, problem: 'The line is not UTF-8.' },
      { number: 2, text: 'a' },
    ]);
  });

  it('gives the same lines however the bytes are cut', async () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\n'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(word),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        async (words, sizes) => {
          const text = words.map((own) => `${own}\n`).join('');
          const lines = await linesOf(text, 1000, sizes);
          expect(lines).toEqual(await linesOf(text, 1000, [text.length * 4 + 1]));
          const kept = words.flatMap((own, index) => (own.trim() === '' ? [] : [index + 1]));
          expect(lines.map(({ number }) => number)).toEqual(kept);
        },
      ),
    );
  });
});
