import { describe, expect, it } from 'vitest';
import { defaultMessageLimits, manifestFormat, manifestSchema } from '../../src/index.js';

const least = { format: manifestFormat, name: 'sample', revision: 1, engine: 'cedar' };
const accepts = (change: object): boolean => manifestSchema.safeParse({ ...least, ...change }).success;

describe('a manifest', () => {
  it('has a default for all that it may leave out', () => {
    expect(manifestSchema.parse(least)).toEqual({
      ...least,
      engine: { kind: 'cedar' },
      hash: 'sealed',
      attestation: 'required',
      thresholds: { holdSeconds: 300, judgementMilliseconds: 1000 },
      limits: { ...defaultMessageLimits },
      tests: 'required',
      clock: 'bus',
      facts: {
        types: {},
        tables: {},
        providers: {},
        screens: {},
        names: {},
        send: {},
        receive: {},
        tools: {},
        limits: { listItems: 200, textLength: 4096 },
        conversation: { keepHours: 168 },
      },
      signatures: { required: [] },
      quotas: {},
      cache: { entries: 10_000, tenantShare: 0.5, seconds: 300 },
      variants: {},
      activation: { graceSeconds: 300 },
    });
    expect(manifestSchema.parse({ ...least, limits: { depth: 4 } }).limits).toEqual({
      ...defaultMessageLimits,
      depth: 4,
    });
  });

  it.each(['format', 'name', 'revision', 'engine'])('needs its %s', (name) => {
    expect(accepts({ [name]: undefined })).toBe(false);
  });

  it.each([
    { extra: 1 },
    { Limits: {} },
    { limits: { contentByte: 1 } },
    { thresholds: { holdsecond: 1 } },
    { hash: { pinned: 'cdd01ef066bc6cf2', also: 1 } },
    JSON.parse('{"__proto__":{"attestation":"optional"}}') as object,
  ])('with an unknown key is refused: %j', (change) => {
    // A spread keeps an own __proto__.
    expect(accepts(change)).toBe(false);
  });

  it('may lower the limits of a message and never raise them', () => {
    for (const [name, value] of Object.entries(defaultMessageLimits) as [string, number][]) {
      expect(accepts({ limits: { [name]: value } })).toBe(true);
      expect(accepts({ limits: { [name]: 1 } })).toBe(true);
      for (const wrong of [value + 1, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, String(value), null]) {
        expect(accepts({ limits: { [name]: wrong } })).toBe(false);
      }
    }
    expect(accepts({ limits: { headers: 0 } })).toBe(true);
    for (const name of ['contentBytes', 'depth', 'headerBytes']) expect(accepts({ limits: { [name]: 0 } })).toBe(false);
  });

  it('bounds how long a hold and a judgement may take', () => {
    for (const [name, most] of [
      ['holdSeconds', 30 * 86_400],
      ['judgementMilliseconds', 60_000],
    ] as const) {
      expect(accepts({ thresholds: { [name]: most } })).toBe(true);
      for (const wrong of [0, -1, most + 1, 0.5]) expect(accepts({ thresholds: { [name]: wrong } })).toBe(false);
    }
  });

  it('is pinned to 16 lower-case hex digits or not at all', () => {
    expect(accepts({ hash: { pinned: 'cdd01ef066bc6cf2' } })).toBe(true);
    for (const pinned of ['CDD01EF066BC6CF2', 'cdd01ef066bc6cf', 'cdd01ef066bc6cf2\n', '', 'g'.repeat(16)]) {
      expect(accepts({ hash: { pinned } })).toBe(false);
    }
    expect(accepts({ hash: 'open' })).toBe(false);
  });

  it.each(['', 'Upper', '-first', 'a'.repeat(65), 'with space', 'slash/'])('may not be named %j', (name) => {
    expect(accepts({ name })).toBe(false);
  });

  it.each([0, -1, 1.5, 2 ** 53, '1'])('may not have the revision %j', (revision) => {
    expect(accepts({ revision })).toBe(false);
  });

  it.each([{ format: 'charterbus.constitution/2' }, { engine: 'none' }, { attestation: 'off' }, { tests: false }])(
    'may not say %j',
    (change) => {
      expect(accepts(change)).toBe(false);
    },
  );
});
