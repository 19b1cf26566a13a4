import { canonicalJson, sha256 } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { factJson } from '../../src/facts/gather/fact-json.js';
import { factsDigest } from '../../src/facts/gather/gather.js';
import { factsOf, manifestOf } from './support/compile.js';
import { agent, call, gathered, now, subject } from './support/messages.js';

/** The value of an expression, over one text and one whole number. */
const evaluate = (expression: string, given: { readonly text?: string; readonly number?: number } = {}) => {
  const { text = 'x', number = 1 } = given;
  const facts = factsOf(
    manifestOf(`  tools:
    use:
      arguments: { text: string, number: int }
      facts: { fact: ${JSON.stringify(expression)}, all: 'args.text + string(args.number)' }
`),
  );
  return gathered(facts, call('use', { text, number }), 'fact');
};

const value = (...of: Parameters<typeof evaluate>) => evaluate(...of).values['fact'];
const wanting = (...of: Parameters<typeof evaluate>) => evaluate(...of).wanting?.code;

describe('a timestamp', () => {
  it.each<readonly [string, number]>([
    ['2024-05-15T15:00:00Z', Date.UTC(2024, 4, 15, 15)],
    ['2024-05-15T15:00:00.5Z', Date.UTC(2024, 4, 15, 15, 0, 0, 500)],
    ['2024-05-15T15:00:00.123456789+02:00', Date.UTC(2024, 4, 15, 13, 0, 0, 123)],
    ['2024-02-29T23:59:59-05:30', Date.UTC(2024, 2, 1, 5, 29, 59)],
    ['0001-01-01T00:00:00Z', Date.parse('0001-01-01T00:00:00Z')],
  ])('%s is told', (text, timestamp) => {
    expect(value('timestamp(args.text)', { text })).toEqual({ timestamp });
  });

  it.each([
    '2024-05-15T15:00:00',
    '2024-05-15T15:00:00.123',
    '2024-05-15 15:00:00Z',
    '2024-05-15t15:00:00z',
    '2023-02-29T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-05-15T24:00:00Z',
    '2024-05-15T15:00:60Z',
    '2024-05-15',
    'May 15, 2024 15:00:00 UTC',
    '+012024-05-15T15:00:00Z',
    '',
  ])('%j is none: above all, nobody takes it for local time', (text) => {
    expect(wanting('timestamp(args.text)', { text })).toBe('FACT_UNAVAILABLE');
  });

  it.each<readonly [string, unknown]>([
    ['now', { timestamp: now }],
    ['now - duration("1h30m")', { timestamp: now - 5_400_000 }],
    ['duration("1d")', undefined],
    ['now - timestamp("2024-05-14T15:00:00Z")', { milliseconds: 86_400_000 }],
    ['duration("-0.5s") + duration("0s")', { milliseconds: -500 }],
    ['duration("-0.5s") - duration("0.9s")', { milliseconds: -1400 }],
    ['duration("100ms") + duration("2m")', { milliseconds: 120_100 }],
    ['now - timestamp("1950-01-01T00:00:00.001Z") == duration("651926h59m59.999s")', true],
    ['timestamp(0) < now && now <= now && now >= now && !(now > now)', true],
    ['now == timestamp("2024-05-15T17:00:00+02:00")', true],
    ['now in [timestamp("2024-05-15T15:00:00Z")]', true],
    ['now.getFullYear() * 10000 + now.getMonth() * 100 + now.getDate()', 20_240_415],
    ['now.getDayOfMonth() * 1000 + now.getDayOfYear()', 14_135],
    ['now.getDayOfWeek() * 10000 + now.getHours() * 100 + now.getMinutes()', 31_500],
    ['duration("90m").getHours()', 1],
    ['duration("-90m").getHours()', -1],
    ['duration("1.5s").getMilliseconds()', 1500],
    ['timestamp("9999-12-31T23:59:59Z") + duration("1s")', undefined],
    ['duration("0.0001s")', undefined],
    ['duration("")', undefined],
    ['duration("h")', undefined],
  ])('reckons with %s', (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  it('is not put off by digits without end', () => {
    expect(wanting('duration(args.text)', { text: '1'.repeat(4096) })).toBe('FACT_UNAVAILABLE');
  });
});

describe('a value', () => {
  it.each<readonly [string, unknown]>([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740991 + args.number', undefined],
    ['-9007199254740991 - args.number', undefined],
    ['args.number / 0', undefined],
    ['round(0.5) + round(-0.5) * 10', -9],
    ['round(19.99 * 100.0)', 1999],
    ['round(1e300)', undefined],
    ['ceil(0.1) * 100 + ceil(-0.9) * 10 + ceil(2.0)', 102],
    ['floor(0.9) * 100 + floor(-0.1) * 10 + floor(2.0)', -8],
    ['ceil(100.001 * 100.0)', 10_001],
    ['ceil(1e300)', undefined],
    ['floor(-1e300)', undefined],
    ['max([1, 3, 2]) * 100 + min([3, 1, 2]) * 10 + sum([1, 2])', 313],
    ['[3, 1, 2, 3, 1]', [1, 2, 3]],
    ['["b", "a", "b"]', ['a', 'b']],
    ['[true, false, true]', [false, true]],
    ['[now, timestamp(0), now]', [{ timestamp: 0 }, { timestamp: now }]],
    ['[duration("2s"), duration("1s")]', [{ milliseconds: 1000 }, { milliseconds: 2000 }]],
    ['[1].filter(x, x > 1)', []],
    ['["x"].exists(x, x == args.text)', true],
    ['[1, 2].exists_one(x, x == 2)', true],
    ['args.text.upperAscii() + args.text.trim().substring(0, 1)', 'Xx'],
    ['optional.of(1).or(optional.none()).orValue(2)', 1],
    ['[[1], [2]] == [[1], [2]] && {"a": [1]} == {"a": [1]} && [[1]] != [[2]]', true],
    ['1 / 0 > 0 || true', true],
    ['bool("true") && int("12") == 12 && double(1) < 1.5', true],
  ])('of %s', (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  it('that is half a character is none', () => {
    expect(wanting('args.text.substring(0, 1)', { text: '😀' })).toBe('FACT_INVALID');
  });

  it('that is too large is none', () => {
    expect(wanting('9007199254740991 + args.number')).toBe('FACT_INVALID');
    const long = 'args.text + args.text + args.text + args.text';
    expect(wanting(`${long} + ${long} + ${long} + ${long} + ${long}`, { text: 'x'.repeat(4096) })).toBe('FACT_INVALID');
  });

  it('splits into no more parts than lists may have', () => {
    expect(value('size(args.text.split(","))', { text: ','.repeat(199) })).toBe(200);
    expect(wanting('size(args.text.split(","))', { text: ','.repeat(200) })).toBe('FACT_UNAVAILABLE');
  });

  it('knows the sender, the recipient and the message', () => {
    const facts = factsOf(
      manifestOf(`  send:
    who: sender.id + sender.tenant + sender.?role.orValue("-")
    able: sender.capabilities
    what: message.type + message.priority + string(message.priorityRank) + string(message.contentBytes)
    how: message.isReply || message.toEveryone
    at: message.createdAt
  receive: { whom: recipient.id, role: recipient.role }
`),
    );
    const sender = agent('a', { capabilities: ['x', 'y'] });
    expect(gathered(facts, subject({ sender })).values).toEqual({
      who: 'aacme-',
      able: ['x', 'y'],
      what: 'commandnormal12',
      how: true,
      at: { timestamp: Date.UTC(2026, 0, 1) },
    });
    const met = subject({ point: 'receive', recipient: agent('b') });
    expect(gathered(facts, met, 'whom').values).toEqual({ whom: 'b' });
    expect(gathered(facts, met).wanting).toMatchObject({ code: 'FACT_UNAVAILABLE', names: ['role'] });
  });
});

describe('the JSON of a fact', () => {
  it('is what verdicts record', () => {
    expect(factJson({ timestamp: now })).toBe('2024-05-15T15:00:00.000Z');
    expect(factJson({ milliseconds: -1500 })).toBe('-1.5s');
    expect(factJson([{ milliseconds: 0 }, { milliseconds: 86_400_000 }])).toEqual(['0s', '86400s']);
    expect(factJson(['a', 'b'])).toEqual(['a', 'b']);
    expect(factJson(1)).toBe(1);
    const values = { b: { timestamp: 0 }, a: [true] };
    expect(factsDigest(values)).toBe(sha256(canonicalJson({ a: [true], b: '1970-01-01T00:00:00.000Z' })));
  });
});
