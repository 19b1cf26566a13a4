import { MessageError } from '../errors/categories.js';
import { unreadable } from '../errors/unreadable.js';

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
  /** What the walk itself refused, told apart by identity from what traps and getters threw. */
  refusal: MessageError | undefined;
}

/** A container on the way to a value, innermost first; turned into a JSON Pointer only when something is refused. */
interface Path {
  readonly parent: Path | undefined;
  readonly step: Step;
}

/** Where a value stands in its container; absent for the content itself. */
type Step = string | number | undefined;

const longestPointer = 200;

/** RFC 6901. Where it would be too long it names the nearest enclosing value for which it is not. */
const pointer = (path: Path | undefined, step: Step): string => {
  const steps: string[] = [];
  const add = (one: Step): void => {
    if (one !== undefined) steps.unshift(`/${String(one).replaceAll('~', '~0').replaceAll('/', '~1')}`);
  };
  add(step);
  for (let at = path; at !== undefined; at = at.parent) add(at.step);
  let text = '';
  for (const one of steps) {
    if (text.length + one.length > longestPointer) break;
    text += one;
  }
  return text;
};

const fail = (walk: Walk, error: MessageError): never => {
  walk.refusal = error;
  throw error;
};

const refuse = (path: Path | undefined, step: Step, why: string, walk: Walk): never => {
  const at = pointer(path, step);
  const message = `The content ${at === '' ? '' : `at ${at} `}${why}.`;
  return fail(walk, new MessageError('MESSAGE_INVALID', message, { details: { pointer: at } }));
};

const count = (walk: Walk, bytes: number): void => {
  walk.bytes += bytes;
  if (walk.bytes <= walk.limits.bytes) return;
  const message = `The content is larger than ${walk.limits.bytes} bytes.`;
  fail(walk, new MessageError('MESSAGE_TOO_LARGE', message, { details: { limitBytes: walk.limits.bytes } }));
};

const takeString = (value: string, path: Path | undefined, step: Step, walk: Walk): string => {
  count(walk, value.length + 2);
  return value.isWellFormed() ? value : refuse(path, step, 'has a lone surrogate, which no UTF-8 text can hold', walk);
};

const takeNumber = (value: number, path: Path | undefined, step: Step, walk: Walk): number => {
  count(walk, 1);
  if (!Number.isFinite(value)) return refuse(path, step, `has ${String(value)}, which JSON cannot hold`, walk);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return refuse(path, step, 'has an integer beyond 2^53, which readers would round; send it as a string', walk);
  }
  // JSON text has no negative zero that survives every reader.
  return value === 0 ? 0 : value;
};

const takeList = (value: readonly unknown[], path: Path, depth: number, walk: Walk): readonly JsonValue[] => {
  if (Object.getPrototypeOf(value) !== Array.prototype) {
    return refuse(path, undefined, 'is not a plain list (an instance of a class)', walk);
  }
  const length: unknown = value.length;
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
    return refuse(path, undefined, 'is a list without a length', walk);
  }
  // Counted before anything is allocated: `new Array(2 ** 32 - 1)` is a short way to ask for gigabytes.
  count(walk, Math.max(length - 1, 0));
  const copy: JsonValue[] = [];
  for (let index = 0; index < length; index++) {
    copy.push(take(value[index], path, index, depth, walk));
  }
  // There were no holes, so that any key beyond the items is a member that JSON would lose.
  if (Object.keys(value).length !== length) return refuse(path, undefined, 'is a list with other members', walk);
  return Object.freeze(copy);
};

const takeObject = (value: object, path: Path, depth: number, walk: Walk): JsonValue => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return refuse(path, undefined, 'is not a plain object (a class instance, a Date, a Map …)', walk);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) return refuse(path, undefined, 'has a symbol as key', walk);
  const copy: Record<string, JsonValue> = {};
  const keys = Object.keys(value);
  // Colons and commas.
  count(walk, Math.max(2 * keys.length - 1, 0));
  for (const key of keys) {
    if (key === '__proto__') return refuse(path, undefined, 'has the key __proto__', walk);
    count(walk, key.length + 2);
    if (!key.isWellFormed())
      return refuse(path, undefined, 'has a key with a lone surrogate, which no UTF-8 text can hold', walk);
    copy[key] = take((value as Record<string, unknown>)[key], path, key, depth, walk);
  }
  return Object.freeze(copy);
};

const take = (value: unknown, path: Path | undefined, step: Step, depth: number, walk: Walk): JsonValue => {
  switch (typeof value) {
    case 'string':
      return takeString(value, path, step, walk);
    case 'number':
      return takeNumber(value, path, step, walk);
    case 'boolean':
      count(walk, 4);
      return value;
    case 'object':
      break;
    default:
      return refuse(path, step, `is of type ${typeof value}, which JSON cannot hold`, walk);
  }
  if (value === null) {
    count(walk, 4);
    return null;
  }
  if (depth >= walk.limits.depth) return refuse(path, step, `is nested deeper than ${walk.limits.depth} levels`, walk);
  count(walk, 2);
  const own = { parent: path, step };
  return Array.isArray(value) ? takeList(value, own, depth + 1, walk) : takeObject(value, own, depth + 1, walk);
};

/**
 * A deep-frozen copy of what a caller handed in, or a `MessageError`.
 *
 * Refused are: what JSON cannot hold (`undefined`, holes, functions, symbols, bigint, NaN, infinities), what it would lose
 * (class instances, members of lists), what readers disagree about (integers beyond 2^53, lone surrogates), `__proto__`
 * as a key, and more depth or bytes than the limits; a cycle is deeper than any limit. Negative zero becomes zero. Each
 * property is read once, so that a getter or proxy cannot show one value to the check and another to the reader; whatever
 * such traps throw becomes `MESSAGE_INVALID`.
 *
 * @throws MessageError `MESSAGE_INVALID`, with the place as a JSON Pointer in `details.pointer`, or `MESSAGE_TOO_LARGE`.
 */
export const freezeJson = (value: unknown, limits: JsonLimits): JsonValue => measureJson(value, limits).value;

/** A frozen copy, with a lower bound of the bytes of its JSON text: that is at most twenty-five times as long. */
export interface MeasuredJson {
  readonly value: JsonValue;
  readonly leastBytes: number;
}

/** Characters of a number's JSON text, which `leastBytes` counts as one; of no value a greater multiple is possible. */
export const mostOfLeast = 25;

/** As `freezeJson`, for whoever wants to know about how large it is without encoding it. Throws as that does. */
export const measureJson = (value: unknown, limits: JsonLimits): MeasuredJson => {
  const walk: Walk = { limits, bytes: 0, refusal: undefined };
  try {
    const copy = take(value, undefined, undefined, 0, walk);
    return { value: copy, leastBytes: walk.bytes };
  } catch (error) {
    // By identity: `instanceof` would run the traps of a proxy that was thrown.
    if (walk.refusal !== undefined && error === walk.refusal) throw walk.refusal;
    throw unreadable('The content cannot be read.', error);
  }
};
