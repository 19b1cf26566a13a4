import { describe, expect, it } from 'vitest';
import { coversTopic, isTopic, isTopicPattern, messageDraftSchema } from '../../src/index.js';

describe('a topic', () => {
  it.each(['orders', 'orders.eu.created', 'A-1.b_2', Array(16).fill('t').join('.'), 'x'.repeat(64)])(
    'may be %s',
    (topic) => {
      expect([isTopic(topic), isTopicPattern(topic)]).toEqual([true, true]);
    },
  );

  it.each([
    '',
    '.',
    'orders.',
    '.orders',
    'a..b',
    'a b',
    'a/b',
    'ä',
    'a:b',
    'a.b\n',
    Array(17).fill('t').join('.'),
    'x'.repeat(65),
    Array(5).fill('x'.repeat(60)).join('.'),
  ])('may not be %j', (topic) => {
    expect([isTopic(topic), isTopicPattern(topic)]).toEqual([false, false]);
  });

  it.each(['*', '>', 'orders.*', 'orders.>', '*.created', 'a.*.c.>'])('is no %s, which is a pattern', (pattern) => {
    expect([isTopic(pattern), isTopicPattern(pattern)]).toEqual([false, true]);
  });

  it.each(['>.a', 'a.>.b', 'a*', 'a.b>', '**', 'a.**'])('is not covered by %s, which is none', (pattern) => {
    expect(isTopicPattern(pattern)).toBe(false);
  });
});

describe('a pattern', () => {
  it.each([
    ['orders.*.created', 'orders.eu.created'],
    ['orders.>', 'orders.eu'],
    ['orders.>', 'orders.eu.created'],
    ['>', 'orders'],
    ['*', 'orders'],
    ['orders', 'orders'],
  ])('%s covers %s', (pattern, topic) => expect(coversTopic(pattern, topic)).toBe(true));

  it.each([
    ['orders.*.created', 'orders.created'],
    ['orders.*', 'orders.eu.created'],
    ['orders.>', 'orders'],
    ['orders', 'orders.eu'],
    ['*', 'orders.eu'],
    ['orders.eu', 'orders.us'],
  ])('%s does not cover %s', (pattern, topic) => expect(coversTopic(pattern, topic)).toBe(false));
});

describe('a draft', () => {
  const draft = { type: 'event', content: 1 };
  const parse = (to: unknown) => messageDraftSchema.safeParse({ ...draft, to });

  it('goes to a topic, of its own tenant or another', () => {
    expect(parse({ topic: 'orders.created' }).success).toBe(true);
    expect(parse({ topic: 'orders.created', tenant: 'partner' }).success).toBe(true);
  });

  it.each([{ topic: 'orders.*' }, { topic: 'a', agent: 'b' }, { topic: 'a', everyone: true }, { topic: 7 }])(
    'goes nowhere by %j, and is told why',
    (to) => {
      const parsed = parse(to);
      expect(parsed.error?.issues[0]?.path[0]).toBe('to');
      expect(parsed.error?.issues[0]?.message).toMatch(/must be |expected string/);
    },
  );
});
