import { defaultMessageLimits as limits, MessageError } from '@charterbus/core-models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapeDraft } from '../src/index.js';
import { draft, refusalOf } from './support/sample.js';

const fail = (): never => {
  throw new RangeError('hostile');
};
const traps = ['get', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'] as const;
const fields = [
  'to',
  'type',
  'content',
  'constitutionalHash',
  'priority',
  'conversationId',
  'inReplyTo',
  'dedupeKey',
  'expiresAt',
  'headers',
  'atomic',
  'from',
  'tenant',
] as const;
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

type Make = () => unknown;
const makers: readonly Make[] = [
  ...traps.flatMap((trap): Make[] => [() => new Proxy({}, { [trap]: fail }), () => new Proxy([], { [trap]: fail })]),
  revoked,
  () => Object.defineProperty({}, 'agent', { enumerable: true, get: fail }),
  () => ({ toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }),
  () => Object.defineProperty({}, 'constructor', { get: fail }),
  () => Object.create(revoked()) as unknown,
  () => Symbol('s'),
  () => fail,
  () => 1n,
  () => null,
  () => new Date(Number.NaN),
  () => ({ agent: revoked() }),
  () => ({ a: revoked() }),
];

/** A proxy whose every trap throws: not even `instanceof` may be asked of it. */
const untouchable = new Proxy({}, Object.fromEntries([...traps, 'has'].map((trap) => [trap, fail])));

const outcomeOf = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return error;
  }
};

describe('a hostile draft', () => {
  it('gives a MessageError or plain data, whatever is wrong with whatever fields', () => {
    const changes = fc.dictionary(fc.constantFrom(...fields), fc.constantFrom(...makers), { minKeys: 1 });
    fc.assert(
      fc.property(changes, (made) => {
        const change = Object.fromEntries(Object.entries(made).map(([name, make]) => [name, make()]));
        // What no trap guards may be harmless; then it is plain data.
        const outcome = outcomeOf(() => shapeDraft({ ...draft, ...change }, limits));
        expect(outcome).toSatisfy((value) => !(value instanceof Error) || value instanceof MessageError);
        expect(() => JSON.stringify(outcome)).not.toThrow();
      }),
      { numRuns: 400 },
    );
  });

  it.each(makers.map((make) => [make]))('that is nothing but one is refused: %s', (make) => {
    expect(refusalOf(() => shapeDraft(make(), limits)).code).toBe('MESSAGE_INVALID');
  });

  it.each([...fields])('whose %s throws when it is read is refused, whatever it throws', (name) => {
    const thrownValues: readonly unknown[] = [
      new RangeError('hostile'),
      untouchable,
      undefined,
      new MessageError('LEASE_LOST', 'Made up.'),
    ];
    for (const thrown of thrownValues) {
      const hostile = Object.defineProperty({ ...draft }, name, {
        enumerable: true,
        get() {
          throw thrown;
        },
      });
      const error = refusalOf(() => shapeDraft(hostile, limits));
      expect(error).toMatchObject({ code: 'MESSAGE_INVALID', message: 'The message cannot be read.' });
    }
  });

  it('is read once: what was checked is what is kept', () => {
    const reads: Record<string, number> = {};
    const turning = (target: object, later: unknown): object =>
      new Proxy(target, {
        get(own, key, receiver) {
          reads[String(key)] = (reads[String(key)] ?? 0) + 1;
          return reads[String(key)] === 1 ? (Reflect.get(own, key, receiver) as unknown) : later;
        },
      });
    const shaped = shapeDraft(
      turning(
        {
          type: 'query',
          to: turning({ agent: 'worker' }, 'a/b'),
          headers: turning({ h: 'x' }, 1),
          content: turning({ c: 1 }, NaN),
        },
        fail,
      ),
      limits,
    );
    expect(shaped).toMatchObject({ type: 'query', to: { agent: 'worker' }, headers: { h: 'x' }, content: { c: 1 } });
    expect(new Set(Object.values(reads))).toEqual(new Set([1]));
  });

  it('says nothing of what it threw, and keeps it as the cause for the log', () => {
    const cause = new Error('secret');
    const hostile = Object.defineProperty({ ...draft }, 'type', {
      enumerable: true,
      get() {
        throw cause;
      },
    });
    const error = refusalOf(() => shapeDraft(hostile, limits));
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});
