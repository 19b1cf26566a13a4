import type { DecisionResult, Operations } from '@charterbus/bus';
import { z } from 'zod';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { idParameters, reasonSchema } from '../schemas/request.js';
import { decisionSchema } from '../schemas/trace.js';

type Decide = (operations: Operations, messageId: string, reason: string) => Promise<DecisionResult>;

const add = (
  app: HttpServer,
  { bus }: HttpContext,
  verb: string,
  { summary, decide }: { summary: string; decide: Decide },
): void => {
  app.route({
    method: 'POST',
    url: `/v1/messages/:id/${verb}`,
    config: { access: 'operator' },
    schema: {
      tags: ['messages'],
      summary,
      security: [{ operator: [] }],
      params: idParameters,
      body: z.strictObject({ reason: reasonSchema }),
      response: {
        200: decisionSchema,
        ...problems(
          'CREDENTIAL_REFUSED',
          'OPERATOR_REQUIRED',
          'REQUEST_INVALID',
          'MESSAGE_MALFORMED',
          'REQUEST_TOO_LARGE',
          'MEDIA_TYPE_UNSUPPORTED',
          'MESSAGE_NOT_FOUND',
          'MESSAGE_GONE',
          'MESSAGE_NOT_HELD',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    handler: ({ params, body }) => decide(bus.operations, params.id, body.reason),
  });
};

/** An operator's word on what waits for one. */
export const decisionRoutes = (app: HttpServer, context: HttpContext): void => {
  add(app, context, 'release', {
    summary: 'Approve what a held message waits for; it is judged again under the approval',
    decide: (operations, messageId, reason) => operations.release(messageId, reason),
  });
  add(app, context, 'refuse', {
    summary: 'End a held message without delivery',
    decide: (operations, messageId, reason) => operations.refuse(messageId, reason),
  });
};
