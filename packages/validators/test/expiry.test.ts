import { describe, expect, it } from 'vitest';
import { expiryValidator } from '../src/index.js';
import { context, message, now } from './support/sample.js';

const ask = (expiresAt: string): unknown =>
  expiryValidator.validate({ ...message, expiresAt }, context, new AbortController().signal);
const at = (milliseconds: number): string => new Date(milliseconds).toISOString();

describe('the expiry', () => {
  it('is not asked of a message that has none', () => {
    expect(expiryValidator.validate(message, context, new AbortController().signal)).toEqual([]);
  });

  it('is over at its own millisecond, and not before', () => {
    expect(ask(at(now + 1))).toEqual([]);
    for (const over of [now, now - 1, 0]) {
      expect(ask(at(over))).toMatchObject([{ kind: 'rejection', code: 'MESSAGE_EXPIRED' }]);
    }
  });

  it.each(['', 'soon', 'Infinity', '2026-13-01T00:00:00Z'])('that cannot be read (%j) is over', (expiresAt) => {
    expect(ask(expiresAt)).toMatchObject([{ kind: 'rejection', code: 'MESSAGE_EXPIRED' }]);
  });
});
