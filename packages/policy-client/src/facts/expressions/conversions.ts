import type { Environment } from '@marcbachmann/cel-js';
import { FactFault } from './fault.js';
import { ownName } from './own-functions.js';

const refuse = (message: string): never => {
  throw new FactFault('FACT_UNAVAILABLE', message);
};

const wholeText = /^[+-]?\d{1,19}$/;
const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;

const toInt = (value: bigint): bigint =>
  value >= least && value <= greatest ? value : refuse('int() of a number that no int holds.');

const intOfText = (text: string): bigint =>
  wholeText.test(text) ? toInt(BigInt(text.replace('+', ''))) : refuse('int() of a text that is no whole number.');

const intOfDouble = (value: number): bigint =>
  Number.isFinite(value) ? toInt(BigInt(Math.trunc(value))) : refuse('int() of a number that no int holds.');

const numberText = /^[+-]?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?$/;

const doubleOfText = (text: string): number => {
  const value = numberText.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : refuse('double() of a text that is no number.');
};

/** Only `A` to `Z` have another case: K (U+212A) stays what it is. */
const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upperAscii = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** Gives an environment our `int`, `double`, `lowerAscii` and `upperAscii`: what is not plainly a number is none. */
export const registerConversions = (environment: Environment): void => {
  const register = (returnType: string, type: string, handler: (value: never) => unknown): void => {
    const params = [{ name: 'value', type }];
    environment.registerFunction({ name: ownName(returnType), returnType, params, handler, async: false });
  };
  register('int', 'int', (value: bigint) => value);
  register('int', 'double', intOfDouble);
  register('int', 'string', intOfText);
  register('double', 'double', (value: number) => value);
  register('double', 'int', Number);
  register('double', 'string', doubleOfText);
  const shared = { receiverType: 'string', returnType: 'string', params: [], async: false };
  environment.registerFunction({ ...shared, name: ownName('lowerAscii'), handler: lowerAscii });
  environment.registerFunction({ ...shared, name: ownName('upperAscii'), handler: upperAscii });
};
