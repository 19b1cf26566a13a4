import type { ErrorCode } from '@charterbus/core-models';
import { z } from 'zod';
import { bundleBodySchema, bundleMediaTypes } from '../bundle-bodies.js';
import type { HttpContext, HttpServer } from '../http-server.js';
import { httpLimits } from '../limits.js';
import {
  activationSchema,
  bundlesSchema,
  cacheSchema,
  shadowSchema,
  stageBodySchema,
  stagedSchema,
  variantCountSchema,
} from '../schemas/constitution.js';
import { problems } from '../schemas/problem.js';
import { idParameters, reasonSchema, stated } from '../schemas/request.js';
import { readStagedBundle, readStagedFiles } from '../staged-files.js';

const readProblems = ['CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'] as const satisfies ErrorCode[];
const changeProblems = [
  ...readProblems,
  'MESSAGE_MALFORMED',
  'REQUEST_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'BUS_DRAINING',
  'STORE_UNAVAILABLE',
] as const satisfies ErrorCode[];

const tags = ['constitution'];
const security = [{ operator: [] }];
const decisionSchema = z.strictObject({
  reason: reasonSchema,
  by: z.string().min(1).max(200).optional().describe('Who does it. Default `operator`.'),
});

const stageQuerySchema = z.strictObject({
  shadow: z.enum(['true', 'false']).optional().describe('With a bundle: as in the JSON form.'),
  keep: z.enum(['true', 'false']).optional().describe('With a bundle: as in the JSON form.'),
  by: z.string().min(1).max(200).optional().describe('With a bundle: as in the JSON form.'),
});

const flag = (text: 'true' | 'false' | undefined): boolean | undefined =>
  text === undefined ? undefined : text === 'true';

interface Staging {
  readonly body: unknown;
  readonly query: z.output<typeof stageQuerySchema>;
}

/** Each form has its own place for what is not the constitution. */
const staging = async ({ body, query }: Staging, { bundles }: HttpContext) => {
  if (body instanceof Uint8Array) {
    const { by } = query;
    const { files } = await readStagedBundle(body, bundles?.trust ?? 'unsigned');
    return { files, options: stated({ shadow: flag(query.shadow), keep: flag(query.keep), by }) };
  }
  // It was validated against just this schema.
  const json = body as z.output<typeof stageBodySchema>;
  const { files, slots } = readStagedFiles(json);
  return { files, options: stated({ slots, shadow: json.shadow, keep: json.keep, by: json.by }) };
};

const stage = (app: HttpServer, context: HttpContext): void => {
  const bundle = { schema: bundleBodySchema };
  app.route({
    method: 'POST',
    url: '/v1/constitution/staged',
    config: { access: 'operator', begins: true, takesBundles: true },
    bodyLimit: httpLimits.stageBytes,
    schema: {
      tags,
      summary: 'Check a constitution, run its tests, and put it beside the one in force',
      security,
      querystring: stageQuerySchema,
      body: {
        content: {
          'application/json': { schema: stageBodySchema },
          ...Object.fromEntries(bundleMediaTypes.map((type) => [type, bundle])),
        },
      },
      response: {
        201: stagedSchema,
        ...problems(
          ...changeProblems,
          'CONSTITUTION_INVALID',
          'CONSTITUTION_TESTS_FAILED',
          'CONSTITUTION_IN_FORCE',
          'CONSTITUTION_LIMIT_REACHED',
          'BUNDLE_INVALID',
          'BUNDLE_SIGNATURE_INVALID',
          'BUNDLE_NOT_PUBLISHED',
          'BUNDLE_REVOKED',
        ),
      },
    },
    handler: async ({ body, query }, reply) => {
      const { files, options } = await staging({ body, query }, context);
      return reply.code(201).send(await context.bus.operations.constitution.stage(files, options));
    },
  });
};

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/constitution/staged',
    config: { access: 'operator' },
    schema: {
      tags,
      summary: 'The constitutions that may be activated',
      security,
      response: { 200: z.strictObject({ staged: z.array(stagedSchema).readonly() }), ...problems(...readProblems) },
    },
    handler: () => ({ staged: bus.operations.constitution.staged }),
  });
};

const unstage = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'DELETE',
    url: '/v1/constitution/staged/:id',
    config: { access: 'operator' },
    schema: {
      tags,
      summary: 'Take a staged constitution away; the id is its full hash',
      security,
      params: idParameters,
      response: { 204: z.void(), ...problems(...readProblems, 'CONSTITUTION_NOT_STAGED') },
    },
    handler: async ({ params }, reply) => {
      bus.operations.constitution.unstage(params.id);
      return reply.code(204).send();
    },
  });
};

const shadow = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/constitution/staged/:id/shadow',
    config: { access: 'operator' },
    schema: {
      tags,
      summary: 'What a staged constitution would have decided otherwise; the id is its full hash',
      security,
      params: idParameters,
      response: { 200: shadowSchema, ...problems(...readProblems, 'CONSTITUTION_NOT_STAGED') },
    },
    handler: ({ params }) => bus.operations.constitution.shadowReport(params.id),
  });
};

const activate = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/constitution/staged/:id/activate',
    config: { access: 'operator', begins: true },
    schema: {
      tags,
      summary: 'Put a staged constitution in force; the id is its full hash',
      security,
      params: idParameters,
      body: decisionSchema,
      response: {
        200: activationSchema,
        ...problems(...changeProblems, 'CONSTITUTION_NOT_STAGED', 'CONSTITUTION_OUTDATED'),
      },
    },
    handler: ({ params, body: { reason: why, by } }) =>
      bus.operations.constitution.activate(params.id, { why, ...stated({ by }) }),
  });
};

const rollback = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/constitution/rollback',
    config: { access: 'operator', begins: true },
    schema: {
      tags,
      summary: 'Put in force what was before; a second one goes one further back',
      security,
      body: decisionSchema,
      response: {
        200: activationSchema,
        ...problems(
          ...changeProblems,
          'CONSTITUTION_NO_PREVIOUS',
          'CONSTITUTION_INVALID',
          'CONSTITUTION_TESTS_FAILED',
          'STORE_CORRUPT',
        ),
      },
    },
    handler: ({ body: { reason: why, by } }) => bus.operations.constitution.rollback({ why, ...stated({ by }) }),
  });
};

const revoke = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/constitution/revoke',
    config: { access: 'operator', begins: true },
    schema: {
      tags,
      summary: 'Take a constitution out of force for good; where it is in force, nothing passes until another one is',
      security,
      body: decisionSchema.extend({ hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits') }),
      response: {
        200: z.strictObject({ activation: activationSchema.optional().describe('Where it was in force.') }),
        ...problems(...changeProblems),
      },
    },
    handler: async ({ body: { hash, reason: why, by } }) => {
      const activation = await bus.operations.constitution.revoke(hash, { why, ...stated({ by }) });
      return stated({ activation });
    },
  });
};

const history = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/constitution/history',
    config: { access: 'operator' },
    schema: {
      tags,
      summary: 'What was in force, newest first; at most a hundred',
      security,
      response: {
        200: z.strictObject({ activations: z.array(activationSchema).readonly() }),
        ...problems(...readProblems),
      },
    },
    handler: () => ({ activations: bus.operations.constitution.history }),
  });
};

const variants = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/constitution/variants',
    config: { access: 'operator' },
    schema: {
      tags,
      summary: 'What the variants of the constitution in force decided, each apart',
      security,
      response: {
        200: z.strictObject({ variants: z.array(variantCountSchema).readonly() }),
        ...problems(...readProblems),
      },
    },
    handler: () => ({ variants: bus.operations.constitution.variants }),
  });
};

const cache = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/constitution/cache',
    config: { access: 'operator' },
    schema: {
      tags,
      summary: 'What was remembered of the constitution in force, and what was asked',
      security,
      response: { 200: cacheSchema, ...problems(...readProblems) },
    },
    handler: () => {
      const { hash, cacheCounts: counts } = bus.constitution;
      return { hash, ...(counts === undefined ? {} : { counts }) };
    },
  });
};

const bundlesServed = (app: HttpServer, { bundles }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/constitution/bundles',
    config: { access: 'operator' },
    schema: {
      tags,
      summary: 'What came of the sources of bundles: what was taken last, and what was refused',
      security,
      response: { 200: bundlesSchema, ...problems(...readProblems) },
    },
    handler: () => {
      if (bundles === undefined) return { refused: [] };
      const { constitution, reports } = bundles;
      return { constitution, ...stated({ taken: reports.taken }), refused: reports.refused };
    },
  });
};

/** The life of constitutions: stage, shadow, activate, roll back. */
export const constitutionRoutes = (app: HttpServer, context: HttpContext): void => {
  const routes = [stage, list, unstage, shadow, activate, rollback, revoke, history, variants, cache, bundlesServed];
  for (const add of routes) add(app, context);
};
