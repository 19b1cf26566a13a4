import { type DeliveryObligation, freezeJson, type JsonValue, type Obligation } from '@charterbus/core-models';
import { z } from 'zod';
import { pointerTokens } from './json-pointer.js';

/** What obligations may come to, of one answer and of one verdict. Sizes in bytes of JSON text. */
export const obligationLimits = Object.freeze({
  count: 64,
  bytes: 16_384,
  valueBytes: 4_096,
  valueDepth: 8,
  /** Characters that a mask may keep. */
  keep: 64,
  annotationLength: 1_024,
});

/** The name of an approval that a policy asks for. */
export const approvalPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

export const pathSchema = z
  .string()
  .refine(
    (path) => pointerTokens(path) !== undefined,
    'must be a JSON Pointer to a field of the content, such as /card/number, and not to all of it',
  );

export const keepSchema = z.number().int().min(0).max(obligationLimits.keep);

export const headerSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,127}$/, 'must be a header name: lower-case letters, digits and . _ -');

export const headerValueSchema = z
  .string()
  .max(obligationLimits.annotationLength, `must be at most ${obligationLimits.annotationLength} characters`)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must be text without control characters');

const isSmall = (value: unknown): boolean => {
  try {
    const { valueBytes: bytes, valueDepth: depth } = obligationLimits;
    return Buffer.byteLength(JSON.stringify(freezeJson(value, { bytes, depth }))) <= bytes;
  } catch {
    return false;
  }
};

export const valueSchema = z.custom<JsonValue>(
  (value) => value !== undefined && isSmall(value),
  `must be JSON of at most ${obligationLimits.valueBytes} bytes and ${obligationLimits.valueDepth} levels`,
);

const delivery = [
  z.strictObject({ kind: z.literal('remove'), path: pathSchema }),
  z.strictObject({ kind: z.literal('replace'), path: pathSchema, value: valueSchema }),
  z.strictObject({ kind: z.literal('mask'), path: pathSchema, keep: keepSchema }),
  z.strictObject({ kind: z.literal('annotate'), header: headerSchema, value: headerValueSchema }),
] as const;

/** Exactly `DeliveryObligation`. */
export const deliveryObligationSchema: z.ZodType<DeliveryObligation> = z.discriminatedUnion('kind', delivery);

/** Exactly `Obligation`: whatever differs is none. */
const obligationSchema: z.ZodType<Obligation> = z.discriminatedUnion('kind', [
  ...delivery,
  z.strictObject({ kind: z.literal('require-approval'), name: z.string().regex(approvalPattern) }),
]);

export const obligationsSchema = z.array(obligationSchema).max(obligationLimits.count);
