import type { JsonValue } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { factsOf, manifestOf } from './support/compile.js';
import { call, gathered } from './support/messages.js';

const facts = factsOf(
  manifestOf(`  types:
    Inner: { label: string, weight?: double }
    Whole:
      text: string
      count: int
      at: timestamp
      lasts: duration
      yes: bool
      list: list<Inner>
      map: "map<string, Inner>"
      maybe?: Inner
  tables: { wholes: { slot: wholes, row: Whole } }
  tools:
    use:
      arguments: { whole: Whole, wholes: list<Whole> }
      facts:
        same: args.whole == wholes["a"]
        other: args.whole != wholes["a"]
        among: wholes["a"] in args.wholes
        lists: args.wholes == [wholes["a"]]
`),
  {
    slots: {
      wholes: {
        a: {
          text: 'x',
          count: 1,
          at: '2024-05-15T15:00:00Z',
          lasts: '1h',
          yes: true,
          list: [{ label: 'l', weight: 0.5 }],
          map: { k: { label: 'm' } },
          maybe: { label: 'n' },
        },
      },
    },
  },
);

const whole = {
  text: 'x',
  count: 1,
  at: '2024-05-15T17:00:00+02:00',
  lasts: '60m',
  yes: true,
  list: [{ label: 'l', weight: 0.5, more: true }],
  map: { k: { label: 'm', weight: null } },
  maybe: { label: 'n' },
};

const compared = (given: Readonly<Record<string, JsonValue>>) =>
  gathered(facts, call('use', { whole: given, wholes: [given] })).values;

describe('records', () => {
  it('are the same where all their fields are', () => {
    expect(compared(whole)).toEqual({ same: true, other: false, among: true, lists: true });
  });

  it.each<readonly [string, Readonly<Record<string, JsonValue>>]>([
    ['text', { text: 'y' }],
    ['int', { count: 2 }],
    ['timestamp', { at: '2024-05-15T15:00:01Z' }],
    ['duration', { lasts: '61m' }],
    ['bool', { yes: false }],
    ['longer list', { list: [...whole.list, ...whole.list] }],
    ['item of a list', { list: [{ label: 'l' }] }],
    ['key of a map', { map: { j: { label: 'm' } } }],
    ['larger map', { map: { ...whole.map, j: { label: 'm' } } }],
    ['value of a map', { map: { k: { label: 'z' } } }],
    ['absent field', { maybe: null }],
  ])('are not the same with another %s', (_what, more) => {
    expect(compared({ ...whole, ...more })).toEqual({ same: false, other: true, among: false, lists: false });
  });
});
