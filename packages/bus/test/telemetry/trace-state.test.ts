import { expect, test } from 'vitest';
import { spanContextOf } from '../../src/index.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const stateOf = (tracestate: string) => spanContextOf({ traceparent, tracestate })?.traceState;

test.each([
  ['a=1,b=2', 'a=1,b=2'],
  [' a=1 , b=2 ', 'a=1,b=2'],
  ['a=1,a=2', 'a=1'],
  ['A=1,=2,b,c=,d=x y', 'd=x y'],
  ['', ''],
])('%j is carried on as %j', (text, carried) => {
  expect(stateOf(text)?.serialize()).toBe(carried);
});

test('no more of it is carried on than everybody has to', () => {
  const many = Array.from({ length: 100 }, (_, count) => `k${count}=v`).join(',');
  expect(stateOf(many)?.serialize().split(',')).toHaveLength(32);
  const long = Array.from({ length: 30 }, (_, count) => `k${count}=${'v'.repeat(100)}`).join(',');
  expect(stateOf(long)?.serialize().length).toBeLessThanOrEqual(512);
});

test('what a vendor sets comes first, and what was there stays as it was', () => {
  const state = stateOf('a=1,b=2');
  expect(state?.set('b', '3').serialize()).toBe('b=3,a=1');
  expect(state?.unset('a').serialize()).toBe('b=2');
  expect([state?.get('a'), state?.get('c')]).toEqual(['1', undefined]);
  expect(state?.serialize()).toBe('a=1,b=2');
});
