import { type ErrorCode, errorCatalogue } from '@charterbus/core-models';
import type { Finding } from './validator.js';

/** A finding together with who found it. */
export type ScreenFinding = Finding & { readonly validator: string };

export const screenRejection = (validator: string, text: string): ScreenFinding => ({
  kind: 'rejection',
  code: 'SCREEN_REJECTED',
  text,
  validator,
});

/** More findings than this are a fault of the validator, and a rejection. */
const mostFindings = 100;
const longestText = 1000;

/** A code that can stand on a denial: what is the server's fault is not the sender's. */
const isDenial = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(errorCatalogue, code) && errorCatalogue[code as ErrorCode].status < 500;

/** One name of what was found, as readings list them. */
export const isCategory = (category: unknown): category is string =>
  typeof category === 'string' && category.length <= 64 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(category);

export const isScore = (score: unknown): score is number =>
  typeof score === 'number' && Number.isInteger(score) && score >= 0 && score <= 100;

const isPointer = (pointer: unknown): pointer is string =>
  typeof pointer === 'string' &&
  pointer.length <= longestText &&
  /^(?:\/(?:[^~/]|~[01])*)*$/.test(pointer) &&
  pointer.isWellFormed();

type Unread = Partial<Record<'kind' | 'code' | 'text' | 'category' | 'score' | 'pointer', unknown>>;

/** Each property is read once, so that a getter cannot answer differently the second time. */
const readFinding = (validator: string, finding: Unread | null): ScreenFinding => {
  const { kind, code, text: words, category, score, pointer: place } = finding ?? {};
  const text = typeof words === 'string' ? words.slice(0, longestText).toWellFormed() : '';
  const where = isPointer(place) ? { pointer: place } : {};
  // A note that says nothing that policies can read is none.
  if (kind === 'note' && isCategory(category) && isScore(score)) {
    return { kind, text, category, score, ...where, validator };
  }
  return { kind: 'rejection', code: isDenial(code) ? code : 'SCREEN_REJECTED', text, ...where, validator };
};

const noFindings: readonly ScreenFinding[] = Object.freeze([]);

/** What a validator answered, taken by its form: anything but a list of findings is a rejection. */
export const readFindings = (validator: string, answer: unknown): readonly ScreenFinding[] => {
  if (!Array.isArray(answer))
    return [screenRejection(validator, `The validator ${validator} gave no list of findings.`)];
  const { length } = answer;
  if (length === 0) return noFindings;
  if (!(length <= mostFindings)) {
    return [screenRejection(validator, `The validator ${validator} gave too many findings.`)];
  }
  const findings: ScreenFinding[] = [];
  for (let index = 0; index < length; index++) findings.push(readFinding(validator, answer[index] as Unread | null));
  return findings;
};
