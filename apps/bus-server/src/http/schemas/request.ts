import { z } from 'zod';

/** The id of a message, a delivery or a dead letter in a path. What names nothing is not found, whatever its shape. */
export const idParameters = z.strictObject({ id: z.string().min(1).max(256) });

/** How many items a page has. */
export const pageLimit = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a whole number from 1 to 1000')
  .transform(Number)
  .pipe(z.int().min(1).max(1000))
  .optional();

export const reasonSchema = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => text.isWellFormed(), 'has a lone surrogate');

/** Members that are stated, without those that are `undefined`: for options under `exactOptionalPropertyTypes`. */
export const stated = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
