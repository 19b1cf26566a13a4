import { ellipsed } from '../../run/excerpt.js';
import type { StoppedCallReport } from '../report-schema.js';
import { plainLine, plainText } from './plain-text.js';

/** A name and what it stands for, fit to be shown. */
export interface Field {
  readonly name: string;
  readonly value: string;
  /** The value is kept from readers; `value` says so. */
  readonly redacted?: true;
}

const mostCharacters = 1000;
const mostFields = 100;

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

const scalarText = (value: unknown): string => {
  if (typeof value === 'string') return value === '' ? '(empty)' : value;
  return value === undefined ? '' : JSON.stringify(value);
};

/** `cabin: economy, bags: 2`; nothing for what is nested deeper. */
const flatText = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = Object.entries(value);
  if (members.length === 0 || !members.every(([, member]) => isScalar(member))) return undefined;
  const named = !Array.isArray(value);
  return members.map(([name, member]) => (named ? `${name}: ${scalarText(member)}` : scalarText(member))).join(', ');
};

/** A value in words, as far as it is flat or a list of what is flat; else its JSON text. */
const textOf = (value: unknown): string => {
  if (isScalar(value)) return scalarText(value);
  const flat = flatText(value);
  if (flat !== undefined) return flat;
  const rows = Array.isArray(value) ? value.map(flatText) : [];
  return rows.length > 0 && rows.every((row) => row !== undefined) ? rows.join('\n') : JSON.stringify(value);
};

const shown = (value: unknown): string => plainText(ellipsed(textOf(value), mostCharacters)).trim();

const fieldsOf = (entries: readonly (readonly [string, unknown])[]): readonly Field[] => {
  const fields = entries.slice(0, mostFields).map(([name, value]) => ({ name: plainLine(name), value: shown(value) }));
  const left = entries.length - fields.length;
  return left === 0 ? fields : [...fields, { name: '…', value: `${left} more` }];
};

/** The arguments of a call; what is no object is one field. */
export const argumentFields = ({ arguments: given }: StoppedCallReport): readonly Field[] =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
    ? fieldsOf(Object.entries(given))
    : [{ name: 'text', value: shown(given) }];

/** What the rule knew of the world, and what it lacked. */
export const factFields = ({ facts }: StoppedCallReport): readonly Field[] => {
  if (facts === undefined) return [];
  const read = facts.read.map(
    (fact): Field =>
      'redacted' in fact
        ? { name: plainLine(fact.name), value: 'not shown', redacted: true }
        : { name: plainLine(fact.name), value: shown(fact.value) },
  );
  const wanting = (facts.wanting ?? []).map((name) => ({ name: plainLine(name), value: 'was not available' }));
  return [...read, ...wanting];
};
