import type { DeadLetterSelection } from '@charterbus/bus';
import { identifierSchema, labelSchema, OperationError } from '@charterbus/core-models';
import { z } from 'zod';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { idParameters, pageLimit, reasonSchema, stated } from '../schemas/request.js';
import { deadLetterSchema } from '../schemas/trace.js';

const selection = {
  tenant: identifierSchema.optional().describe('With `agent`: of this recipient.'),
  agent: identifierSchema.optional(),
  group: labelSchema.optional().describe('With `tenant`, in the place of `agent`: of this queue group.'),
  capability: labelSchema
    .optional()
    .describe('With `tenant`, in the place of `agent`: of all who have this capability.'),
  reason: z.string().max(1000).optional().describe('Of this reason.'),
};

interface Selection {
  readonly tenant?: string | undefined;
  readonly agent?: string | undefined;
  readonly group?: string | undefined;
  readonly capability?: string | undefined;
  readonly reason?: string | undefined;
}

/** @throws OperationError `REQUEST_INVALID` where only a half of a recipient is stated. */
const selectionOf = ({ tenant, agent, group, capability, reason }: Selection): DeadLetterSelection => {
  const recipients = [agent, group, capability].filter((name) => name !== undefined).length;
  if (recipients !== (tenant === undefined ? 0 : 1)) {
    throw new OperationError(
      'REQUEST_INVALID',
      'A recipient is stated by tenant and agent, group or capability together.',
    );
  }
  return {
    ...(tenant === undefined || agent === undefined ? {} : { recipient: { tenant, agent } }),
    ...(tenant === undefined || group === undefined ? {} : { recipient: { tenant, group } }),
    ...(tenant === undefined || capability === undefined ? {} : { recipient: { tenant, capability } }),
    ...(reason === undefined ? {} : { reason }),
  };
};

const operatorProblems = [
  'CREDENTIAL_REFUSED',
  'OPERATOR_REQUIRED',
  'REQUEST_INVALID',
  'MESSAGE_MALFORMED',
  'REQUEST_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'BUS_DRAINING',
  'STORE_UNAVAILABLE',
] as const;

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/dead-letters',
    config: { access: 'operator' },
    schema: {
      tags: ['dead letters'],
      summary: 'Dead letters, newest message first, page by page',
      security: [{ operator: [] }],
      querystring: z.strictObject({
        before: z.string().max(256).optional().describe('The `next` of the page before.'),
        limit: pageLimit,
        ...selection,
      }),
      response: {
        200: z.strictObject({ deadLetters: z.array(deadLetterSchema).readonly(), next: z.string().optional() }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'),
      },
    },
    handler: async (request) => {
      const { before, limit, ...selected } = request.query;
      const page = { ...stated({ before, limit }), ...selectionOf(selected) };
      const { items, next } = await bus.operations.deadLetters(page);
      return { deadLetters: items, ...stated({ next }) };
    },
  });
};

const redrive = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/dead-letters/:id/redrive',
    config: { access: 'operator', bodyOptional: true, begins: true },
    schema: {
      tags: ['dead letters'],
      summary: 'Queue a dead letter again; it is judged again before anyone gets it',
      security: [{ operator: [] }],
      params: idParameters,
      body: z.strictObject({ reason: reasonSchema.optional() }),
      response: {
        200: z.strictObject({ messageId: z.string() }),
        ...problems(...operatorProblems, 'DEAD_LETTER_NOT_FOUND', 'MESSAGE_EXPIRED'),
      },
    },
    handler: async ({ params, body }) => ({ messageId: await bus.operations.redrive(params.id, body.reason) }),
  });
};

const redriveMany = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/dead-letters/redrive',
    config: { access: 'operator', bodyOptional: true, begins: true },
    schema: {
      tags: ['dead letters'],
      summary: 'Queue the newest dead letters again, in the order in which they stood',
      security: [{ operator: [] }],
      body: z.strictObject({
        select: z.strictObject(selection).optional().describe('All, where it is left out.'),
        limit: z.int().min(1).max(1000).optional(),
        reason: reasonSchema.optional(),
      }),
      response: {
        200: z.strictObject({
          redriven: z.int(),
          failed: z.record(z.string(), z.int()).readonly().describe('How many could not be, by code.'),
        }),
        ...problems(...operatorProblems),
      },
    },
    handler: ({ body: { select = {}, limit, reason } }) =>
      bus.operations.redriveMany({ ...selectionOf(select), ...stated({ limit }) }, reason),
  });
};

const drop = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/dead-letters/:id/drop',
    config: { access: 'operator', bodyOptional: true, begins: true },
    schema: {
      tags: ['dead letters'],
      summary: 'Give up a dead letter for good',
      security: [{ operator: [] }],
      params: idParameters,
      body: z.strictObject({ reason: reasonSchema.optional() }),
      response: {
        200: z.strictObject({ messageId: z.string() }),
        ...problems(...operatorProblems, 'DEAD_LETTER_NOT_FOUND'),
      },
    },
    handler: async ({ params, body }) => ({ messageId: await bus.operations.drop(params.id, body.reason) }),
  });
};

/** What ended without success, and its way back. */
export const deadLetterRoutes = (app: HttpServer, context: HttpContext): void => {
  list(app, context);
  redriveMany(app, context);
  redrive(app, context);
  drop(app, context);
};
