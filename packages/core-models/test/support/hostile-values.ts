import fc from 'fast-check';

type Make = () => unknown;

const fail = (): never => {
  throw new RangeError('hostile');
};

const scalars: readonly Make[] = [
  () => undefined,
  () => Number.NaN,
  () => Number.NEGATIVE_INFINITY,
  () => -0,
  () => 2 ** 53 + 2,
  () => 10n,
  () => Symbol.iterator,
  () => fail,
  () => 'half \udc00',
  () => 'plain',
  () => 7,
  () => null,
];

const objects: readonly Make[] = [
  () => new Date(Number.NaN),
  () => new Map([[{}, {}]]),
  () => new Set([1]),
  () => new (class Secret {})(),
  () => new Proxy({}, { ownKeys: fail }),
  () => new Proxy([], { get: fail }),
  () => new Proxy({}, { getPrototypeOf: fail }),
  () => Object.assign([], { length: 2 ** 32 - 1 }),
  () => JSON.parse('{"__proto__":1,"constructor":2}') as unknown,
  () => Object.defineProperty({}, 'a', { enumerable: true, get: fail }),
  () => ({ [Symbol.toPrimitive]: fail }),
  () => ({ toJSON: fail, valueOf: fail, toString: fail }),
  () => globalThis,
  () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    return cycle;
  },
];

const keys = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'then', 'length', '\ud83d', ''),
  fc.string({ maxLength: 4 }),
);

/** Makers of values that no well-meaning caller hands in, nested in lists, objects and proxies. */
export const hostileValues: fc.Arbitrary<Make> = fc.letrec<{ make: Make }>((tie) => ({
  make: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(...scalars, ...objects),
    fc.array(tie('make'), { maxLength: 4 }).map(
      (makes): Make =>
        () =>
          makes.map((make) => make()),
    ),
    fc.array(fc.tuple(keys, tie('make')), { maxLength: 4 }).map(
      (entries): Make =>
        () =>
          Object.fromEntries(entries.map(([key, make]) => [key, make()])),
    ),
    tie('make').map(
      (make): Make =>
        () =>
          new Proxy([make], { get: (_, key) => (key === 'length' ? 3 : make()) }),
    ),
    tie('make').map(
      (make): Make =>
        () =>
          Object.defineProperty({}, 'a', { enumerable: true, get: make }),
    ),
  ),
})).make;
