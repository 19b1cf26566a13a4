import type { ScreenReading } from '@charterbus/core-models';
import type { FactSubject } from '../gathered-facts.js';
import { readReading } from '../screens/read-reading.js';

/** What became of the question to a screen. */
export type ScreenAnswer =
  | { readonly reading: ScreenReading; readonly failure?: never }
  | { readonly reading?: never; readonly failure: { readonly cause: unknown } };

const answerOf = (given: unknown): ScreenAnswer => {
  const reading = readReading(given);
  return reading === undefined ? { failure: { cause: 'It is no reading.' } } : { reading };
};

const answerOfLater = async (given: PromiseLike<unknown>): Promise<ScreenAnswer> => {
  try {
    return answerOf(await given);
  } catch (cause) {
    return { failure: { cause } };
  }
};

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value;

/** Asks for a reading. Never throws or rejects: what is no reading is a failure. */
export const askScreen = (screen: string, { screens }: FactSubject): ScreenAnswer | Promise<ScreenAnswer> => {
  if (screens === undefined) return { failure: { cause: 'There is nobody to ask.' } };
  try {
    const given: unknown = screens(screen);
    return isPromiseLike(given) ? answerOfLater(given) : answerOf(given);
  } catch (cause) {
    return { failure: { cause } };
  }
};
