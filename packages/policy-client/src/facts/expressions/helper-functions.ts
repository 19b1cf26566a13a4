import type { Environment } from '@marcbachmann/cel-js';
import { FactFault } from './fault.js';

const extreme = (name: string, isBeyond: (value: bigint, than: bigint) => boolean) => (values: readonly bigint[]) => {
  const [first, ...rest] = values;
  if (first === undefined) throw new FactFault('FACT_UNAVAILABLE', `${name}() of an empty list is nothing.`);
  return rest.reduce((best, value) => (isBeyond(value, best) ? value : best), first);
};

/** Where cel-js would overflow as well. */
const greatest = 2n ** 63n - 1n;

const sum = (values: readonly bigint[]): bigint => {
  const total = values.reduce((before, value) => before + value, 0n);
  if (total > greatest || total < -greatest) throw new FactFault('FACT_UNAVAILABLE', 'A sum is too large.');
  return total;
};

const round = (value: number): bigint => {
  const rounded = Math.sign(value) * Math.round(Math.abs(value));
  if (Number.isSafeInteger(rounded)) return BigInt(rounded);
  throw new FactFault('FACT_UNAVAILABLE', 'round() of a number that no int holds.');
};

/** Function names of cel-js that stand for one of ours, under a name that no expression can write. */
export const methodRenames: ReadonlyMap<string, string> = new Map([['split', 'split ']]);

/** A text must not make a list that is longer than lists may be. */
const split =
  (longest: number) =>
  (text: string, separator: string): readonly string[] => {
    const parts = text.split(separator, longest + 1);
    if (parts.length <= longest) return parts;
    throw new FactFault('FACT_UNAVAILABLE', `split() makes more than ${longest} parts.`);
  };

/**
 * What CEL lacks: `max`, `min` and `sum` of a list of ints (of an empty list only `sum` is something, 0) and `round` of a
 * double, half away from zero, for money that comes as a double: `round(price * 100.0)`.
 *
 * @param longest the manifest's limit of lists.
 */
export const registerHelpers = (environment: Environment, longest: number): void => {
  const register = (name: string, type: string, handler: (value: never) => bigint): void => {
    environment.registerFunction({ name, returnType: 'int', params: [{ name: 'value', type }], handler, async: false });
  };
  register(
    'max',
    'list<int>',
    extreme('max', (value, than) => value > than),
  );
  register(
    'min',
    'list<int>',
    extreme('min', (value, than) => value < than),
  );
  register('sum', 'list<int>', sum);
  register('round', 'double', round);
  environment.registerFunction({
    name: 'split ',
    receiverType: 'string',
    returnType: 'list<string>',
    params: [{ name: 'separator', type: 'string' }],
    handler: split(longest),
    async: false,
  });
};
