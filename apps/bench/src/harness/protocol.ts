import { z } from 'zod';
import { sampleSchema } from '../measure/sample.js';

// What the harness and the process of a row say to each other, one question at a time.

export const questionSchema = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('warm-up'), times: z.strictObject({ least: z.number(), most: z.number() }) }),
  z.strictObject({ ask: z.literal('sample'), operations: z.number() }),
  z.strictObject({ ask: z.literal('close') }),
]);

export type Question = z.infer<typeof questionSchema>;

export const answerSchema = z.discriminatedUnion('answer', [
  z.strictObject({ answer: z.literal('done') }),
  z.strictObject({ answer: z.literal('rate'), value: z.number() }),
  z.strictObject({ answer: z.literal('sample'), sample: sampleSchema }),
  z.strictObject({ answer: z.literal('failed'), message: z.string() }),
]);

export type Answer = z.infer<typeof answerSchema>;
