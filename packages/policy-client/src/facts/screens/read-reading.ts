import type { ScreenReading } from '@charterbus/core-models';

/** More than any screen tells, and few enough for whatever goes through them. */
const mostCategories = 64;
const category = /^[a-z0-9][a-z0-9-]{0,63}$/;

const isCategory = (value: unknown): value is string => typeof value === 'string' && category.test(value);

/**
 * What a screen answered, taken by its form: `undefined` where it is no reading. Categories are sorted, each once.
 *
 * @throws whatever a hostile answer throws when it is looked at.
 */
export const readReading = (answer: unknown): ScreenReading | undefined => {
  if (typeof answer !== 'object' || answer === null) return undefined;
  // Each read once, so that a getter cannot answer differently the second time.
  const { score, categories } = answer as Partial<Record<keyof ScreenReading, unknown>>;
  if (typeof score !== 'number' || !Number.isInteger(score) || score < 0 || score > 100) return undefined;
  if (!Array.isArray(categories) || categories.length > mostCategories) return undefined;
  const found = Array.from(categories as readonly unknown[]);
  return found.every(isCategory) ? { score, categories: [...new Set(found)].sort() } : undefined;
};
