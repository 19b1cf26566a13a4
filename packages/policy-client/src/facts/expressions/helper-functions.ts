import type { Environment } from '@marcbachmann/cel-js';
import { FactFault } from './fault.js';
import { ownName } from './own-functions.js';

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

const awayFromZero = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

const whole = (name: string, to: (value: number) => number) => (value: number) => {
  const rounded = to(value);
  if (Number.isSafeInteger(rounded)) return BigInt(rounded);
  throw new FactFault('FACT_UNAVAILABLE', `${name}() of a number that no int holds.`);
};

/** A text must not make a list that is longer than lists may be. */
const split =
  (longest: number) =>
  (text: string, separator: string): readonly string[] => {
    const parts = text.split(separator, longest + 1);
    if (parts.length <= longest) return parts;
    throw new FactFault('FACT_UNAVAILABLE', `split() makes more than ${longest} parts.`);
  };

/**
 * What CEL lacks: `max`, `min` and `sum` of a list of ints (of an empty list only `sum` is something, 0), and for money
 * that comes as a double, as in `ceil(price * 100.0)`: `ceil` and `floor`, and `round`, half away from zero.
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
  register('round', 'double', whole('round', awayFromZero));
  register('ceil', 'double', whole('ceil', Math.ceil));
  register('floor', 'double', whole('floor', Math.floor));
  environment.registerFunction({
    name: ownName('split'),
    receiverType: 'string',
    returnType: 'list<string>',
    params: [{ name: 'separator', type: 'string' }],
    handler: split(longest),
    async: false,
  });
};
