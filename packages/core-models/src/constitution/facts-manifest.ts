import { z } from 'zod';
import { identifierSchema, labelSchema } from '../identifiers.js';

/** Names that CEL, Cedar and JSON can all write without quotes. */
const namePattern = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const nameSchema = z.string().regex(namePattern, 'must be 1 to 64 letters, digits or _ and begin with a letter');

/** In `{ … }`, YAML ends a text at a comma and takes what follows for the next field. */
const fieldMessage = (given: unknown): string =>
  typeof given === 'string' && given.includes('>')
    ? 'is the rest of a type with a comma in it, which needs quotes, as in "map<string, T>"'
    : 'must be 1 to 64 letters, digits or _, with ? at the end where it may be absent';

/** `name`, or `name?` for what may be absent. */
const fieldSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}\??$/, { error: ({ input }) => fieldMessage(input) });

/** A type as an expression: `string`, `int`, `double`, `bool`, `timestamp`, `duration`, `list<T>`, `map<string, T>`, the name of a type. */
const typeExpressionSchema = z.string().min(1).max(200);
const recordTypeSchema = z.record(fieldSchema, typeExpressionSchema);

/** A CEL expression. */
const expressionSchema = z.string().min(1).max(4096);

/** A fact: its expression, or that with what differs from a required fact which everybody may read. */
const factSchema = z.union([
  expressionSchema,
  z.strictObject({
    value: expressionSchema,
    /** Policies must ask `context has …` first; absent it does not deny. Default false. */
    optional: z.boolean().default(false),
    /** Its value is in no verdict, trace or report. Default false. */
    redact: z.boolean().default(false),
  }),
]);
const factTableSchema = z.record(nameSchema, factSchema);

/** A file name without a directory. */
const fileSchema = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}\.json$/, 'must be the name of a .json file');
const slotSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 lower-case letters, digits, _ or -');

const tableSchema = z
  .strictObject({
    /** A file in `data/` of the constitution. */
    file: fileSchema.optional(),
    /** An external file, `<slot>.json` in the directory of data that the bus is started with. */
    slot: slotSchema.optional(),
    /** The type of each row: the name of a record type. The file is an object of rows by key. */
    row: nameSchema,
    /** Results of tools whose row, in the same conversation, is newer than the table's. */
    observed: z
      .strictObject({
        /** Tools of `facts.tools`; of anyone else it is not believed. */
        tools: z.array(nameSchema).min(1).max(32),
        /** The field of the result that holds the row's key. */
        key: nameSchema,
      })
      .optional(),
  })
  .refine((table) => (table.file === undefined) !== (table.slot === undefined), {
    message: 'needs either a file of the constitution or a slot',
  });

const providerSchema = z.strictObject({
  /** The types of its arguments, in order. */
  parameters: z.array(typeExpressionSchema).min(1).max(8),
  returns: typeExpressionSchema,
  /** An address that gets `{"arguments": […]}` by POST and answers 200 with the JSON value; absent for a function. */
  http: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      /** The environment variable that holds a bearer token. */
      token: z.strictObject({ environment: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/) }).optional(),
    })
    .optional(),
  deadlineMilliseconds: z.number().int().positive().max(30_000).default(500),
  /** How long an answer is remembered; 0 asks every time. */
  cacheSeconds: z.number().int().nonnegative().max(86_400).default(0),
  breaker: z
    .strictObject({
      /** Failures in a row after which nobody is asked any more. */
      failures: z.number().int().positive().max(1000).default(5),
      /** How long, before one question is let through. */
      openSeconds: z.number().int().positive().max(3600).default(10),
    })
    .prefault({}),
});

const screenNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

/** A content screen by the name that it has among those of the bus: just that, or as a field. */
const screenSchema = z.union([screenNameSchema, z.strictObject({ screen: screenNameSchema })], {
  error: 'must be the name of a screen, as prompt-injection, or { screen: … }',
});

const toolSchema = z.strictObject({
  /** The id of the agent that is the tool, or hosts it. Default: `tool:` and the tool's name. */
  agent: identifierSchema.optional(),
  /** The role that the agent must have besides, for its results to be believed. */
  role: labelSchema.optional(),
  /** The arguments that calls must have; others may be there and are not seen. */
  arguments: recordTypeSchema.default({}),
  facts: factTableSchema.default({}),
});

/**
 * What policies may know besides the message's own attributes, see `docs/facts.md`. Everything is declared: a fact that
 * is not here cannot influence a verdict.
 */
export const factsManifestSchema = z.strictObject({
  types: z.record(nameSchema, recordTypeSchema).default({}),
  tables: z.record(nameSchema, tableSchema).default({}),
  providers: z.record(nameSchema, providerSchema).default({}),
  /** What expressions know as `screens.<name>`: what a screen makes of the message, by a name of the constitution's own. */
  screens: z.record(nameSchema, screenSchema).default({}),
  /** Expressions that facts and other names may use. */
  names: z.record(nameSchema, expressionSchema).default({}),
  /** Facts of every message at one point of judgement. */
  send: factTableSchema.default({}),
  receive: factTableSchema.default({}),
  tools: z.record(nameSchema, toolSchema).default({}),
  limits: z
    .strictObject({
      /** The longest list, in arguments, results and rows. */
      listItems: z.number().int().positive().max(1000).default(200),
      /** The longest text in arguments, results and rows, in UTF-16 code units. */
      textLength: z.number().int().positive().max(65_536).default(4096),
    })
    .prefault({}),
  conversation: z
    .strictObject({
      /** How long after its last change a conversation's facts are remembered. */
      keepHours: z.number().int().positive().max(8760).default(168),
    })
    .prefault({}),
});

export type FactsManifest = z.output<typeof factsManifestSchema>;

/** The name that a declared screen has among those of the bus. */
export const screenNameOf = (declared: FactsManifest['screens'][string]): string =>
  typeof declared === 'string' ? declared : declared.screen;
