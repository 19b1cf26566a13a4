import { MessageError } from '../errors/categories.js';

export type JsonScalar = string | number | boolean | null;
export type JsonValue = JsonScalar | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface JsonLimits {
  /** Nested objects and lists; a scalar has depth 0. */
  readonly depth: number;
  /** Upper bound of the JSON text in bytes; a cheap lower estimate of it is enforced while walking. */
  readonly bytes: number;
}

interface Walk {
  readonly limits: JsonLimits;
  /** A lower bound of the bytes of the JSON text seen so far. */
  bytes: number;
}

/** The path of a value inside the content, newest step first; turned into a JSON Pointer only when something is refused. */
interface Path {
  readonly parent: Path | undefined;
  readonly step: string | number;
}

const pointer = (path: Path | undefined): string => {
  const steps: string[] = [];
  for (let at = path; at !== undefined; at = at.parent) {
    steps.unshift(String(at.step).replaceAll('~', '~0').replaceAll('/', '~1'));
  }
  return steps.length === 0 ? '' : `/${steps.join('/')}`;
};

const refuse = (path: Path | undefined, why: string): never => {
  const at = pointer(path).slice(0, 200);
  throw new MessageError('MESSAGE_INVALID', `The content ${at === '' ? '' : `at ${at} `}${why}.`, {
    details: { pointer: at },
  });
};

const count = (walk: Walk, bytes: number): void => {
  walk.bytes += bytes;
  if (walk.bytes > walk.limits.bytes) {
    throw new MessageError('MESSAGE_TOO_LARGE', `The content is larger than ${walk.limits.bytes} bytes.`, {
      details: { limitBytes: walk.limits.bytes },
    });
  }
};

const takeString = (value: string, path: Path | undefined, walk: Walk): string => {
  count(walk, value.length + 2);
  return value.isWellFormed() ? value : refuse(path, 'has a lone surrogate, which no UTF-8 text can hold');
};

const takeNumber = (value: number, path: Path | undefined, walk: Walk): number => {
  count(walk, 1);
  if (!Number.isFinite(value)) return refuse(path, `has ${String(value)}, which JSON cannot hold`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return refuse(path, 'has an integer beyond 2^53, which readers would round; send it as a string');
  }
  // JSON text has no negative zero that survives every reader.
  return value === 0 ? 0 : value;
};

const takeList = (
  value: readonly unknown[],
  path: Path | undefined,
  depth: number,
  walk: Walk,
): readonly JsonValue[] => {
  const length = value.length;
  // Counted before anything is allocated: `new Array(2 ** 32 - 1)` is a short way to ask for gigabytes.
  count(walk, length + 1);
  const copy: JsonValue[] = [];
  for (let index = 0; index < length; index++) {
    copy.push(take(value[index], { parent: path, step: index }, depth, walk));
  }
  return Object.freeze(copy);
};

const takeObject = (value: object, path: Path | undefined, depth: number, walk: Walk): JsonValue => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return refuse(path, 'is not a plain object (a class instance, a Date, a Map …)');
  }
  if (Object.getOwnPropertySymbols(value).length > 0) return refuse(path, 'has a symbol as key');
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return refuse(path, 'has the key __proto__');
    const step = { parent: path, step: key };
    takeString(key, step, walk);
    copy[key] = take((value as Record<string, unknown>)[key], step, depth, walk);
  }
  return Object.freeze(copy);
};

const take = (value: unknown, path: Path | undefined, depth: number, walk: Walk): JsonValue => {
  switch (typeof value) {
    case 'string':
      return takeString(value, path, walk);
    case 'number':
      return takeNumber(value, path, walk);
    case 'boolean':
      count(walk, 4);
      return value;
    case 'object':
      break;
    default:
      return refuse(path, `is of type ${typeof value}, which JSON cannot hold`);
  }
  if (value === null) {
    count(walk, 4);
    return null;
  }
  if (depth >= walk.limits.depth) return refuse(path, `is nested deeper than ${walk.limits.depth} levels`);
  count(walk, 2);
  return Array.isArray(value) ? takeList(value, path, depth + 1, walk) : takeObject(value, path, depth + 1, walk);
};

/**
 * A deep-frozen copy of what a caller handed in, or a `MessageError`.
 *
 * Refused are: what JSON cannot hold (`undefined`, functions, symbols, bigint, NaN, infinities), what readers disagree
 * about (integers beyond 2^53, lone surrogates), `__proto__` as a key, class instances, and more depth or bytes than
 * the limits. Each property is read once, so that a getter or proxy cannot show one value to the check and another to
 * the reader; whatever such traps throw becomes `MESSAGE_INVALID`.
 */
export const freezeJson = (value: unknown, limits: JsonLimits): JsonValue => {
  try {
    return take(value, undefined, 0, { limits, bytes: 0 });
  } catch (error) {
    if (error instanceof MessageError) throw error;
    throw new MessageError('MESSAGE_INVALID', 'The content cannot be read.', { cause: error });
  }
};
