import { freezeJson, type Obligation } from '@charterbus/core-models';
import { obligationLimits, obligationsSchema } from './obligation-schema.js';

/** A list of obligations with room for the values' own levels. */
const depth = obligationLimits.valueDepth + 2;

/**
 * A deep-frozen copy of what an engine asks for, or `undefined` where anything in it is not exactly an `Obligation`, or
 * where it is too much. One that nobody here understands cannot be done, so whoever asks for it has not allowed.
 */
export const readObligations = (value: unknown): readonly Obligation[] | undefined => {
  if (!Array.isArray(value)) return undefined;
  try {
    // Copied first: each property is read once, so that what is checked is what is done.
    const copy = freezeJson(value, { depth, bytes: obligationLimits.bytes });
    const parsed = obligationsSchema.safeParse(copy);
    return parsed.success ? (copy as readonly unknown[] as readonly Obligation[]) : undefined;
  } catch {
    return undefined;
  }
};
