import { z } from 'zod';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { idParameters, pageLimit, reasonSchema, stated } from '../schemas/request.js';
import { deadLetterSchema } from '../schemas/trace.js';

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
      }),
      response: {
        200: z.strictObject({ deadLetters: z.array(deadLetterSchema).readonly(), next: z.string().optional() }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'),
      },
    },
    handler: (request) => {
      const { items, next } = bus.operations.deadLetters(stated(request.query));
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
        ...problems(
          'CREDENTIAL_REFUSED',
          'OPERATOR_REQUIRED',
          'REQUEST_INVALID',
          'MESSAGE_MALFORMED',
          'REQUEST_TOO_LARGE',
          'MEDIA_TYPE_UNSUPPORTED',
          'DEAD_LETTER_NOT_FOUND',
          'MESSAGE_EXPIRED',
          'BUS_DRAINING',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    handler: async ({ params, body }) => ({ messageId: await bus.operations.redrive(params.id, body.reason) }),
  });
};

/** What ended without success, and its way back. */
export const deadLetterRoutes = (app: HttpServer, context: HttpContext): void => {
  list(app, context);
  redrive(app, context);
};
