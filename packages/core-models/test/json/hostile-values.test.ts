import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freezeJson, MessageError } from '../../src/index.js';
import { failureOf } from '../support/failure.js';
import { hostileValues } from '../support/hostile-values.js';

const limits = { depth: 32, bytes: 4096 };
const freeze = (value: unknown): unknown => freezeJson(value, limits);
const codes = new Set(['MESSAGE_INVALID', 'MESSAGE_TOO_LARGE']);
const thrower = (thrown: unknown) => (): never => {
  throw thrown;
};
const withGetter = (get: () => unknown): object => Object.defineProperty({}, 'a', { enumerable: true, get });

describe('hostile input', () => {
  it('of any shape gives a MessageError with one of two codes, or plain data', () => {
    fc.assert(
      fc.property(hostileValues, (make) => {
        const failure = failureOf(() => freeze(make()));
        if (failure.none) return;
        expect(failure.error).toBeInstanceOf(MessageError);
        expect(codes.has(failure.code)).toBe(true);
        expect(() => JSON.stringify(failure.error)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  it.each(['get', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'] as const)('a throwing %s trap', (trap) => {
    const secret = new Error('secret');
    for (const target of [{ a: 1 }, [1]]) {
      const failure = failureOf(() => freeze({ held: new Proxy(target, { [trap]: thrower(secret) }) }));
      if (failure.none) continue; // A list's descriptors are never asked for.
      expect(failure.code).toBe('MESSAGE_INVALID');
      expect(failure.message).toBe('The content cannot be read.');
    }
  });

  it('a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(failureOf(() => freeze([proxy])).code).toBe('MESSAGE_INVALID');
  });

  it.each<[string, unknown]>([
    [
      'a proxy whose every trap throws',
      new Proxy({}, { getPrototypeOf: thrower(1), get: thrower(1), has: thrower(1) }),
    ],
    ['nothing', undefined],
    ['an error of ours', new MessageError('MESSAGE_NOT_FOUND', 'Made up.')],
    ['an object that pretends', Object.create(MessageError.prototype)],
  ])('a getter that throws %s', (_, thrown) => {
    const failure = failureOf(() => freeze(withGetter(thrower(thrown))));
    expect(failure.code).toBe('MESSAGE_INVALID');
    expect(failure.message).toBe('The content cannot be read.');
  });

  it('a getter is read once: what was checked is what is kept', () => {
    let reads = 0;
    const value = withGetter(() => (reads++ === 0 ? 'harmless' : Number.NaN));
    expect(freeze(value)).toEqual({ a: 'harmless' });
    expect(reads).toBe(1);
  });

  it.each([Number.NaN, -1, -1e9, 0.5, '5', Number.POSITIVE_INFINITY, 2 ** 53, {}, 1n, null])(
    'a list whose length is %s',
    (length) => {
      const list = new Proxy([1], {
        get: (target, key) => (key === 'length' ? length : (Reflect.get(target, key) as unknown)),
      });
      // A wide value behind it shows whether the count of bytes survived.
      const failure = failureOf(() => freeze([list, 'x'.repeat(10_000)]));
      expect(codes.has(failure.code)).toBe(true);
    },
  );

  it('a proxy that is new at every level ends at the depth, one that is new at every item at the size', () => {
    const deep: () => object = () => new Proxy({ a: 1 }, { get: () => deep() });
    expect(failureOf(() => freeze(deep())).message).toMatch(/deeper/);
    const keys = Array.from({ length: 10_000 }, (_, index) => String(index));
    const wide = new Proxy(
      {},
      {
        ownKeys: () => keys,
        getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
        get: () => 'x',
      },
    );
    expect(failureOf(() => freeze(wide)).code).toBe('MESSAGE_TOO_LARGE');
  });

  it('keeps what was thrown as the cause only where it is an error', () => {
    const cause = new Error('why');
    expect(failureOf(() => freeze(withGetter(thrower(cause)))).error).toHaveProperty('cause', cause);
    expect(failureOf(() => freeze(withGetter(thrower({ message: 'why' })))).error).not.toHaveProperty('cause');
  });
});
