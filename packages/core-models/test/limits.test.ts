import { expect, test } from 'vitest';
import { limits } from '../src/index.js';

test('the limits of a message are data', () => {
  expect(limits).toEqual({ contentBytes: 262_144, depth: 32, headers: 64 });
});
