import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from '../../src/index.js';

const hex = (digits: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: digits, maxLength: digits })
    .map((all) => all.map((digit) => digit.toString(16)).join(''))
    .filter((text) => !/^0+$/.test(text));

const contexts = fc.record({ traceId: hex(32), spanId: hex(16), traceFlags: fc.integer({ min: 0, max: 255 }) });

describe('traceparent', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(contexts, (context) => {
        expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
      }),
      { seed: 71 },
    );
  });

  it('reads later versions by what they have in common with the first', () => {
    const text = '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more';
    expect(parseTraceparent(text)).toEqual({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    });
  });

  it.each([
    ['', 'nothing'],
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331', 'no flags'],
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more', 'more than version 00 has'],
    ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'the version that is none'],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-01', 'no trace'],
    ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', 'no span'],
    ['00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01', 'capital letters'],
    [`01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-${'x'.repeat(600)}`, 'too much'],
  ])('takes %j for none: %s', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});
