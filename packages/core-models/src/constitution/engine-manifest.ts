import { z } from 'zod';
import { messageTypes } from '../message/vocabulary.js';

const labelPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Segments of a Rego reference, each an identifier: what is neither a dot segment nor hides a slash. */
const rulePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}(\/[A-Za-z_][A-Za-z0-9_]{0,127}){0,15}$/;
const rulePath = z.string().regex(rulePattern, 'must be a rule, such as charterbus/decision');

const cedar = z.strictObject({ kind: z.literal('cedar') });

/** No policies: whoever states the constitutional hash may send to whoever exists in the same tenant. */
const fixed = z.strictObject({ kind: z.literal('static') });

/** Rego that `opa build -t wasm` compiled to `policy.wasm`. */
const opaWasm = z.strictObject({
  kind: z.literal('opa-wasm'),
  /** The rule that decides, as the compiler was given it. */
  entrypoint: rulePath.default('charterbus/decision'),
});

/** An OPA server, asked over HTTP. */
const opa = z.strictObject({
  kind: z.literal('opa'),
  /** `http` or `https`, without path, query or credentials. */
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).refine((text) => {
    const { pathname, search, hash, username, password } = new URL(text);
    return pathname === '/' && search + hash + username + password === '';
  }, 'must be an origin alone: no path, query, fragment or credentials'),
  /** The rule that decides, below `/v1/data/`. */
  path: rulePath.default('charterbus/decision'),
  /** The environment variable that holds a bearer token. */
  tokenFrom: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,127}$/)
    .optional(),
  /** How long one answer may take, in milliseconds. The judgement's own deadline holds besides. */
  deadlineMilliseconds: z.number().int().positive().max(60_000).default(5_000),
  /** The bundle whose revision every answer must state, and the revision; answers from another one are stale. */
  bundle: z.strictObject({ name: z.string().min(1).max(256), revision: z.string().min(1).max(256) }).optional(),
  /** The policies call nothing that could answer otherwise for equal input, so that answers may be remembered. */
  pure: z.boolean().default(false),
});

/** Who may do what to whose work: the roles of governance and what each may do. */
const separationOfPowers = z.strictObject({
  kind: z.literal('separation-of-powers'),
  /** Roles of agents, each as one of the three powers; an agent without a power may only query. */
  roles: z
    .record(z.string().min(1).max(128), z.enum(['executive', 'legislative', 'judicial']))
    .default({ executive: 'executive', legislative: 'legislative', judicial: 'judicial' }),
  /** In place of what a message type counts as. */
  acts: z
    .partialRecord(
      z.enum(messageTypes),
      z.enum(['propose', 'synthesize', 'query', 'extract_rules', 'validate', 'audit']),
    )
    .default({}),
});

const single = z.discriminatedUnion('kind', [cedar, fixed, opaWasm, opa, separationOfPowers]);
const shorthand = z
  .enum(['cedar', 'static', 'opa-wasm', 'separation-of-powers'])
  .transform((kind) => single.parse({ kind }));

/** Several engines, all of which are asked: deny beats escalate beats allow, and one that errs denies. */
const composite = z.strictObject({
  kind: z.literal('composite'),
  members: z
    .record(z.string().regex(labelPattern), z.union([shorthand, single]))
    .refine((members) => Object.keys(members).length >= 2 && Object.keys(members).length <= 8, 'must be two to eight'),
});

/** How judgements are come to: one engine, or several. A word alone stands for an engine with its defaults. */
export const engineManifestSchema = z.union([shorthand, z.discriminatedUnion('kind', [...single.options, composite])]);

export type EngineManifest = z.output<typeof engineManifestSchema>;
export type SingleEngineManifest = z.output<typeof single>;
