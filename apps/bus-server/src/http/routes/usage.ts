import type { AgentHandle } from '@charterbus/bus';
import { AgentError, agentKey, identifierSchema, messageTypes, OperationError } from '@charterbus/core-models';
import { type QuotaUsage, type UsageQuery, type UsageTotal, usageBuckets, usageOperations } from '@charterbus/metering';
import { z } from 'zod';
import { asWhoSpeaks, type HttpContext, type HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { stated } from '../schemas/request.js';

const dimensions = ['tenant', 'agent', 'type', 'tool', 'tier', 'outcome', 'operation'] as const;

const dimensionList = z
  .string()
  .max(100)
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(dimensions)))
  .describe('Names with commas between them; default all.');

const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .describe('RFC 3339.');

const querySchema = z.strictObject({
  bucket: z.enum(usageBuckets).default('day'),
  from: moment.describe('Rounded down to a bucket.'),
  to: moment.describe('The end, which is not in it.'),
  tenant: identifierSchema.optional().describe("For operators; agents see their own tenant's."),
  agent: z.string().max(256).optional(),
  type: z.enum(messageTypes).optional(),
  tool: z.string().max(64).optional(),
  operation: z.enum(usageOperations).optional(),
  groupBy: dimensionList.optional(),
  limit: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number from 1 to 10000')
    .transform(Number)
    .pipe(z.int().min(1).max(10_000))
    .optional(),
});

const totalSchema = z
  .strictObject({
    at: z.iso.datetime().describe('The beginning of the bucket.'),
    tenant: z.string().optional(),
    agent: z.string().optional(),
    type: z.string().optional(),
    tool: z.string().optional(),
    tier: z.string().optional(),
    outcome: z.string().optional(),
    operation: z.string().optional(),
    quantity: z.int(),
    bytes: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    cost: z.number().describe('In the one currency of the deployment.'),
  })
  .readonly();

const microsPerUnit = 1_000_000;

const totalOnWire = ({ at, costMicros, ...total }: UsageTotal): z.output<typeof totalSchema> => ({
  ...total,
  at: new Date(at).toISOString(),
  cost: costMicros / microsPerUnit,
});

const ownTenant = (handle: AgentHandle, asked: string | undefined): string => {
  const { tenant } = handle.agent;
  if (asked === undefined || asked === tenant) return tenant;
  throw new AgentError('OPERATOR_REQUIRED', "An agent sees its own tenant's usage.");
};

const usage = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/usage',
    config: { access: 'either' },
    schema: {
      tags: ['usage'],
      summary: 'What was counted, by minute, hour or day',
      security: [{ agent: [] }, { operator: [] }],
      querystring: querySchema,
      response: {
        200: z.strictObject({
          totals: z.array(totalSchema).readonly(),
          complete: z.boolean().describe('Whether these are all; else ask for less at a time.'),
        }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID', 'STORE_UNAVAILABLE'),
      },
    },
    handler: async (request) => {
      const { tenant: asked, ...query } = request.query;
      const tenant = asWhoSpeaks(request, { agent: (handle) => ownTenant(handle, asked), operator: () => asked });
      const limit = query.limit ?? 1000;
      const totals = await bus.operations.usage.totals(stated({ ...query, tenant, limit }) as UsageQuery);
      return { totals: totals.map(totalOnWire), complete: totals.length < limit };
    },
  });
};

const quotaSchema = z
  .strictObject({
    quota: z.string(),
    kind: z.enum(['rate', 'concurrency', 'budget']),
    subject: z.string().describe('What counts together: `tenant`, `tenant/agent`, …'),
    used: z.number(),
    limit: z.number(),
    share: z.number(),
    resetsAt: z.iso.datetime().optional(),
  })
  .readonly();

const quotaOnWire = ({ resetsAt, ...quota }: QuotaUsage): z.output<typeof quotaSchema> => ({
  ...quota,
  ...(resetsAt === undefined ? {} : { resetsAt: new Date(resetsAt).toISOString() }),
});

/** Its own, and what it shares with all of its tenant. */
const concerns = (handle: AgentHandle): ((quota: QuotaUsage) => boolean) => {
  const { tenant, id } = handle.agent;
  const own = agentKey({ tenant, agent: id });
  return ({ subject }) =>
    subject === tenant || subject === own || subject.startsWith(`${own}/`) || subject.startsWith(`${tenant}/*/`);
};

const quotas = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/quotas',
    config: { access: 'either' },
    schema: {
      tags: ['usage'],
      summary: 'How much of the quotas in force is used',
      security: [{ agent: [] }, { operator: [] }],
      querystring: z.strictObject({
        tenant: identifierSchema.optional().describe('For operators, who must state it.'),
      }),
      response: {
        200: z.strictObject({ quotas: z.array(quotaSchema).readonly() }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID', 'QUOTA_UNAVAILABLE'),
      },
    },
    handler: async (request) => {
      const { tenant: asked } = request.query;
      const { tenant, filter } = asWhoSpeaks(request, {
        agent: (handle) => ({ tenant: ownTenant(handle, asked), filter: concerns(handle) }),
        operator: () => ({ tenant: asked, filter: (_: QuotaUsage) => true }),
      });
      if (tenant === undefined) throw new OperationError('REQUEST_INVALID', 'State a tenant.');
      const used = await bus.operations.usage.quotas({ tenant });
      return { quotas: used.filter(filter).map(quotaOnWire) };
    },
  });
};

/** What is counted, for those who pay for it and those who run it. */
export const usageRoutes = (app: HttpServer, context: HttpContext): void => {
  usage(app, context);
  quotas(app, context);
};
