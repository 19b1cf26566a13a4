import { identifierSchema, labelSchema, topicPatternSchema } from '@charterbus/core-models';
import { z } from 'zod';
import { agentOf, asWhoSpeaks, type HttpContext, type HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { pageLimit, stated } from '../schemas/request.js';

const wantedSchema = z.strictObject({
  pattern: topicPatternSchema.describe('`orders.eu.created`, `orders.*.created` or `orders.>`.'),
  group: labelSchema.optional().describe('The queue group to take part in: one of its members gets each message.'),
});

const subscriptionSchema = z
  .strictObject({
    tenant: z.string(),
    agent: z.string(),
    pattern: z.string(),
    group: z.string().optional(),
    since: z.iso.datetime(),
  })
  .readonly();

const agentProblems = ['CREDENTIAL_REFUSED', 'AGENT_REQUIRED', 'REQUEST_INVALID', 'REGISTRY_STALE'] as const;
const storeProblems = ['STORE_UNAVAILABLE', 'STORE_OUTCOME_UNKNOWN'] as const;

const subscribe = (app: HttpServer): void => {
  app.route({
    method: 'POST',
    url: '/v1/subscriptions',
    config: { access: 'agent', begins: true },
    schema: {
      tags: ['topics'],
      summary: 'Subscribe the agent of the token to topics of its tenant; it stays until it is ended, or the agent is',
      security: [{ agent: [] }],
      body: wantedSchema,
      response: {
        204: z.null(),
        ...problems(
          ...agentProblems,
          ...storeProblems,
          'SUBSCRIPTION_LIMIT_REACHED',
          'MESSAGE_MALFORMED',
          'REQUEST_TOO_LARGE',
          'MEDIA_TYPE_UNSUPPORTED',
          'BUS_DRAINING',
        ),
      },
    },
    handler: async (request, reply) => {
      const { pattern, group } = request.body;
      await agentOf(request).subscribe(pattern, stated({ group }));
      return reply.code(204).send(null);
    },
  });
};

const unsubscribe = (app: HttpServer): void => {
  app.route({
    method: 'DELETE',
    url: '/v1/subscriptions',
    config: { access: 'agent' },
    schema: {
      tags: ['topics'],
      summary: 'End a subscription of the agent of the token; what it brought stays',
      security: [{ agent: [] }],
      querystring: wantedSchema,
      response: {
        200: z.strictObject({ ended: z.boolean().describe('Whether there was one.') }),
        ...problems(...agentProblems, ...storeProblems),
      },
    },
    handler: async (request) => {
      const { pattern, group } = request.query;
      return { ended: await agentOf(request).unsubscribe(pattern, stated({ group })) };
    },
  });
};

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/subscriptions',
    config: { access: 'either' },
    schema: {
      tags: ['topics'],
      summary: 'Subscriptions: of the agent of the token, or page by page for the operator',
      security: [{ agent: [] }, { operator: [] }],
      querystring: z.strictObject({
        tenant: identifierSchema.optional(),
        agent: identifierSchema.optional().describe('With `tenant`.'),
        after: z.string().max(1000).optional().describe('The `next` of the page before.'),
        limit: pageLimit,
      }),
      response: {
        200: z.strictObject({ subscriptions: z.array(subscriptionSchema).readonly(), next: z.string().optional() }),
        ...problems('CREDENTIAL_REFUSED', 'REQUEST_INVALID'),
      },
    },
    handler: (request) =>
      asWhoSpeaks(request, {
        agent: ({ agent: { tenant, id: agent }, subscriptions }) => ({
          subscriptions: subscriptions.map((subscription) => ({ tenant, agent, ...subscription })),
        }),
        operator: () => bus.operations.subscriptions(stated(request.query)),
      }),
  });
};

const groups = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/groups',
    config: { access: 'operator' },
    schema: {
      tags: ['topics'],
      summary: 'Queue groups that have members or messages',
      security: [{ operator: [] }],
      response: {
        200: z.strictObject({
          groups: z
            .array(
              z
                .strictObject({
                  tenant: z.string(),
                  group: z.string(),
                  members: z.array(z.string()).readonly(),
                  unfinished: z.int().describe('Messages that are queued, leased or held.'),
                })
                .readonly(),
            )
            .readonly(),
        }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'),
      },
    },
    handler: async () => ({ groups: await bus.operations.groups() }),
  });
};

/** Who takes part in topics. */
export const subscriptionRoutes = (app: HttpServer, context: HttpContext): void => {
  subscribe(app);
  unsubscribe(app);
  list(app, context);
  groups(app, context);
};
