import type { ScreenReading } from '@charterbus/core-models';
import type { ScreenFinding } from './findings.js';

/** By the names of the validators that were asked. */
export type Readings = Readonly<Record<string, ScreenReading>>;

const nothing: ScreenReading = Object.freeze({ score: 0, categories: Object.freeze([]) });

type Writable = Record<string, ScreenReading>;

/** Without a prototype, so that a validator may have any name. */
const empty = (): Writable => Object.create(null) as Writable;

/** What validators read that found nothing: made once for each number of them that may have been asked. */
export const quietReadings = (names: readonly string[]): readonly Readings[] =>
  Array.from({ length: names.length + 1 }, (_, asked) => {
    const readings = empty();
    for (const name of names.slice(0, asked)) readings[name] = nothing;
    return Object.freeze(readings);
  });

const withNote = (before: ScreenReading | undefined, score: number, category: string): ScreenReading => {
  if (before === undefined) return { score, categories: [category] };
  const categories = before.categories.includes(category)
    ? before.categories
    : [...before.categories, category].toSorted();
  return { score: Math.max(score, before.score), categories };
};

/** The highest score and the categories of each validator's notes; rejections are no part of a reading. */
export const readingsOf = (quiet: Readings, findings: readonly ScreenFinding[]): Readings => {
  if (findings.every(({ kind }) => kind !== 'note')) return quiet;
  const noted = empty();
  for (const finding of findings) {
    if (finding.kind !== 'note') continue;
    noted[finding.validator] = withNote(noted[finding.validator], finding.score, finding.category);
  }
  return Object.freeze(Object.assign(empty(), quiet, noted));
};
