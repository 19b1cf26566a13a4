import type { PauseTarget } from '@charterbus/bus';
import { identifierSchema, labelSchema, topicPatternSchema } from '@charterbus/core-models';
import { z } from 'zod';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { reasonSchema } from '../schemas/request.js';

const target = {
  tenant: identifierSchema.describe('That of the recipients. Alone: every mailbox of the tenant.'),
  agent: identifierSchema.optional().describe('The mailbox of this agent.'),
  group: labelSchema.optional().describe('The mailbox of this queue group.'),
  topic: topicPatternSchema.optional().describe('What was published to topics that this pattern covers.'),
};

const bodySchema = z.strictObject({ ...target, reason: reasonSchema.optional() });

const pauseSchema = z
  .strictObject({
    tenant: z.string(),
    agent: z.string().optional(),
    group: z.string().optional(),
    topic: z.string().optional(),
    reason: z.string(),
    since: z.iso.datetime(),
  })
  .readonly();

/** At most one of the three is stated; the bus refuses more. */
const targetOf = ({ tenant, agent, group, topic }: z.output<typeof bodySchema>): PauseTarget => ({
  tenant,
  ...(agent === undefined ? {} : { agent }),
  ...(group === undefined ? {} : { group }),
  ...(topic === undefined ? {} : { topic }),
});

const operatorProblems = [
  'CREDENTIAL_REFUSED',
  'OPERATOR_REQUIRED',
  'REQUEST_INVALID',
  'MESSAGE_MALFORMED',
  'REQUEST_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'BUS_DRAINING',
  'STORE_UNAVAILABLE',
  'STORE_OUTCOME_UNKNOWN',
] as const;

const pause = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/pauses',
    config: { access: 'operator', begins: true },
    schema: {
      tags: ['pauses'],
      summary: 'Give nothing of an agent, a queue group, topics or a tenant to anybody until it is resumed',
      security: [{ operator: [] }],
      body: bodySchema,
      response: { 200: pauseSchema, ...problems(...operatorProblems, 'PAUSE_LIMIT_REACHED') },
    },
    handler: ({ body }) => bus.operations.pause(targetOf(body), body.reason),
  });
};

const resume = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/pauses/resume',
    config: { access: 'operator', begins: true },
    schema: {
      tags: ['pauses'],
      summary: 'End a pause',
      security: [{ operator: [] }],
      body: bodySchema,
      response: {
        200: z.strictObject({ resumed: z.boolean().describe('Whether it was paused.') }),
        ...problems(...operatorProblems),
      },
    },
    handler: async ({ body }) => ({ resumed: await bus.operations.resume(targetOf(body), body.reason) }),
  });
};

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/pauses',
    config: { access: 'operator' },
    schema: {
      tags: ['pauses'],
      summary: 'What is paused, oldest first',
      security: [{ operator: [] }],
      response: {
        200: z.strictObject({ pauses: z.array(pauseSchema).readonly() }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'),
      },
    },
    handler: () => ({ pauses: bus.operations.pauses }),
  });
};

/** Holding back, and going on. */
export const pauseRoutes = (app: HttpServer, context: HttpContext): void => {
  pause(app, context);
  resume(app, context);
  list(app, context);
};
