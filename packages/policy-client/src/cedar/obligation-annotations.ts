import type { DeliveryObligation } from '@charterbus/core-models';
import {
  headerSchema,
  headerValueSchema,
  keepSchema,
  pathSchema,
  valueSchema,
} from '../obligations/obligation-schema.js';

/** What an annotation came to: an obligation, or what is wrong with it. */
export type ReadAnnotation =
  | { readonly obligation: DeliveryObligation; readonly problem?: never }
  | { readonly obligation?: never; readonly problem: string };

type Reader = (text: string) => ReadAnnotation;

const wrong = (form: string, why: string): ReadAnnotation => ({ problem: `${form}: ${why}.` });

interface Issues {
  readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined;
}
const whyOf = ({ error }: Issues): string => error?.issues[0]?.message ?? 'cannot be read';

const readRemove: Reader = (text) => {
  const path = pathSchema.safeParse(text);
  return path.success
    ? { obligation: { kind: 'remove', path: path.data } }
    : wrong('@remove("/path")', `the path ${whyOf(path)}`);
};

const readMask: Reader = (text) => {
  const form = '@mask("/path") or @mask("/path 4")';
  const { path: given = '', keep: stated = '0' } = /^(?<path>.*?)(?: (?<keep>\d+))?$/s.exec(text)?.groups ?? {};
  const path = pathSchema.safeParse(given);
  if (!path.success) return wrong(form, `the path ${whyOf(path)}`);
  const keep = keepSchema.safeParse(Number(stated));
  return keep.success
    ? { obligation: { kind: 'mask', path: path.data, keep: keep.data } }
    : wrong(form, 'the number of characters that stay must be from 0 to 64');
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const readReplace: Reader = (text) => {
  const form = String.raw`@replace("/path 0") or @replace("/path \"text\"")`;
  const space = text.indexOf(' ');
  const path = pathSchema.safeParse(space < 0 ? text : text.slice(0, space));
  if (!path.success) return wrong(form, `the path ${whyOf(path)}`);
  const value = valueSchema.safeParse(space < 0 ? undefined : parsed(text.slice(space + 1)));
  return value.success
    ? { obligation: { kind: 'replace', path: path.data, value: value.data } }
    : wrong(form, `the value after the path ${whyOf(value)}`);
};

const readAnnotate: Reader = (text) => {
  const form = '@annotate("header: value")';
  const colon = text.indexOf(': ');
  if (colon < 0) return wrong(form, 'there is no colon with a space after it');
  const header = headerSchema.safeParse(text.slice(0, colon));
  if (!header.success) return wrong(form, `the header ${whyOf(header)}`);
  const value = headerValueSchema.safeParse(text.slice(colon + 2));
  return value.success
    ? { obligation: { kind: 'annotate', header: header.data, value: value.data } }
    : wrong(form, `the value ${whyOf(value)}`);
};

const readers: ReadonlyMap<string, Reader> = new Map([
  ['remove', readRemove],
  ['mask', readMask],
  ['replace', readReplace],
  ['annotate', readAnnotate],
]);

export const obligationNames: readonly string[] = [...readers.keys()];

/** Cedar allows one annotation of each name, so that the second of a kind has a number: `mask`, `mask_2`, `mask_3`. */
const namePattern = /^(?<kind>[a-z]+)(?:_(?:[2-9]|[1-9]\d))?$/;

const readerOf = (name: string): Reader | undefined => readers.get(namePattern.exec(name)?.groups?.['kind'] ?? '');

export const isObligation = (name: string): boolean => readerOf(name) !== undefined;

/** Reads the annotation of a permit that asks for something at delivery. */
export const readObligation = (name: string, text: string | null): ReadAnnotation =>
  readerOf(name)?.(text ?? '') ?? { problem: `@${name} is no obligation.` };
