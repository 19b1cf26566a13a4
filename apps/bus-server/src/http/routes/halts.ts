import type { HaltTarget } from '@charterbus/bus';
import { identifierSchema, messageTypes } from '@charterbus/core-models';
import { z } from 'zod';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { reasonSchema, stated } from '../schemas/request.js';

const bodySchema = z.strictObject({
  tenant: identifierSchema
    .optional()
    .describe('Alone: whoever is of this tenant. With `type`: of sender or recipient.'),
  agent: identifierSchema.optional().describe('With `tenant`: this agent.'),
  type: z.enum(messageTypes).optional().describe('Messages of this type.'),
  everything: z.literal(true).optional().describe('Alone: everything.'),
  reason: reasonSchema,
});

export const haltSchema = z
  .strictObject({
    tenant: z.string().optional(),
    agent: z.string().optional(),
    type: z.enum(messageTypes).optional(),
    everything: z.literal(true).optional(),
    reason: z.string(),
    since: z.iso.datetime(),
  })
  .readonly();

/** Which of them stand together, the bus decides. */
const targetOf = ({ reason: _, ...target }: z.output<typeof bodySchema>): HaltTarget => stated(target) as HaltTarget;

const operatorProblems = [
  'CREDENTIAL_REFUSED',
  'OPERATOR_REQUIRED',
  'REQUEST_INVALID',
  'MESSAGE_MALFORMED',
  'REQUEST_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'STORE_UNAVAILABLE',
  'STORE_OUTCOME_UNKNOWN',
] as const;

const halt = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/halts',
    // Not `begins`: to stop something must be possible also while the server drains.
    config: { access: 'operator' },
    schema: {
      tags: ['kill switch'],
      summary: 'Stop an agent, a tenant, a type of messages or everything, until it is lifted',
      description:
        'What is stopped neither sends nor receives nor settles; what is queued or held waits, what is in hand is taken back. Where it ' +
        'cannot be kept, the answer is `STORE_UNAVAILABLE`, and it is in force in this process all the same.',
      security: [{ operator: [] }],
      body: bodySchema,
      response: { 200: haltSchema, ...problems(...operatorProblems, 'HALT_LIMIT_REACHED') },
    },
    handler: ({ body }) => bus.operations.killSwitch.halt(targetOf(body), body.reason),
  });
};

const lift = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/halts/lift',
    config: { access: 'operator', begins: true },
    schema: {
      tags: ['kill switch'],
      summary: 'End a halt',
      security: [{ operator: [] }],
      body: bodySchema,
      response: {
        200: z.strictObject({ lifted: z.boolean().describe('Whether it was halted.') }),
        ...problems(...operatorProblems, 'BUS_DRAINING'),
      },
    },
    handler: async ({ body }) => ({ lifted: await bus.operations.killSwitch.lift(targetOf(body), body.reason) }),
  });
};

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/halts',
    config: { access: 'operator' },
    schema: {
      tags: ['kill switch'],
      summary: 'What is halted, oldest first',
      security: [{ operator: [] }],
      response: {
        200: z.strictObject({ halts: z.array(haltSchema).readonly() }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'),
      },
    },
    handler: () => ({ halts: bus.operations.killSwitch.all }),
  });
};

/** The kill switch. */
export const haltRoutes = (app: HttpServer, context: HttpContext): void => {
  halt(app, context);
  lift(app, context);
  list(app, context);
};
