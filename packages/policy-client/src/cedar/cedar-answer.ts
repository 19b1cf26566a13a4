import { z } from 'zod';
import { offsetOfByte, positionAt } from '../source/position.js';
import type { ConstitutionProblem } from '../source/problem.js';
import { actionScopeSchema } from './action-scope.js';

/** The shapes of `@cedar-policy/cedar-wasm`'s answers, as far as they are read. Others are faults of the engine. */
const detailedErrorSchema = z.object({
  message: z.string(),
  help: z.string().nullish(),
  sourceLocations: z.array(z.object({ start: z.number(), end: z.number() })).optional(),
});
export type CedarError = z.output<typeof detailedErrorSchema>;

export const errorsSchema = z.array(detailedErrorSchema);
const validationErrorsSchema = z.array(z.object({ policyId: z.string(), error: detailedErrorSchema }));
const failureSchema = z.object({ type: z.literal('failure'), errors: errorsSchema });

export const policyJsonAnswerSchema = z.discriminatedUnion('type', [
  failureSchema,
  z.object({
    type: z.literal('success'),
    json: z.object({
      effect: z.enum(['permit', 'forbid']),
      annotations: z.record(z.string(), z.string().nullable()).optional(),
      principal: z.looseObject({ op: z.string() }),
      action: actionScopeSchema,
      resource: z.looseObject({ op: z.string() }),
      conditions: z.array(z.object({ body: z.unknown() })),
    }),
  }),
]);

export const validationAnswerSchema = z.discriminatedUnion('type', [
  failureSchema,
  z.object({
    type: z.literal('success'),
    validationErrors: validationErrorsSchema,
    validationWarnings: validationErrorsSchema,
    otherWarnings: errorsSchema,
  }),
]);

export const preparseAnswerSchema = z.discriminatedUnion('type', [
  failureSchema,
  z.object({ type: z.literal('success') }),
]);

export const authorizationAnswerSchema = z.discriminatedUnion('type', [
  failureSchema,
  z.object({ type: z.literal('success'), response: z.object({ decision: z.enum(['allow', 'deny']) }) }),
]);

/** Where a text stands in a file, so that Cedar's offsets inside the text can be shown as places in the file. */
export interface TextPlace {
  readonly file: string;
  readonly fileText: string;
  readonly text: string;
  /** UTF-16 offset of the text in the file. */
  readonly offset: number;
}

/** Cedar counts in UTF-8 bytes from the beginning of the text that it was given. */
export const problemAt = (place: TextPlace, error: CedarError, lead = ''): ConstitutionProblem => {
  const start = error.sourceLocations?.[0]?.start;
  const position =
    start === undefined ? {} : positionAt(place.fileText, place.offset + offsetOfByte(place.text, start));
  const help = error.help ? ` (${error.help})` : '';
  return { file: place.file, ...position, message: `${lead}${error.message}${help}.` };
};
