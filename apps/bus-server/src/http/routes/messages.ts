import { defaultMessageLimits, type MessageDraft, messageDraftSchema } from '@charterbus/core-models';
import { z } from 'zod';
import { agentOf, asWhoSpeaks, type HttpContext, type HttpServer } from '../http-server.js';
import { messageBytes } from '../limits.js';
import { receiptSchema } from '../schemas/governance.js';
import { problems } from '../schemas/problem.js';
import { idParameters, pageLimit, stated } from '../schemas/request.js';
import { messageSummarySchema, statusSchema, traceSchema } from '../schemas/trace.js';
import { unhurried } from '../unhurried.js';
import { messageRefusals } from './message-refusals.js';

const send = (app: HttpServer, { timing }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/messages',
    config: { access: 'agent', invalid: 'MESSAGE_INVALID', begins: true },
    // What is in force may change, and with it the limits; the bus keeps to those.
    bodyLimit: messageBytes(defaultMessageLimits),
    schema: {
      tags: ['messages'],
      summary: 'Send a message as the agent of the token',
      security: [{ agent: [] }],
      body: messageDraftSchema,
      response: { 202: receiptSchema, ...problems(...messageRefusals, 'MESSAGE_MALFORMED', 'MEDIA_TYPE_UNSUPPORTED') },
    },
    // The bus checks the body, once: by this schema, and by what a schema cannot say.
    validatorCompiler: () => (value: unknown) => ({ value }),
    handler: async (request, reply) => {
      const handle = agentOf(request);
      const receipt = await unhurried('RECIPIENT_UNREACHABLE', () => handle.send(request.body as MessageDraft), timing);
      return reply.code(202).send(receipt);
    },
  });
};

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/messages',
    config: { access: 'operator' },
    schema: {
      tags: ['messages'],
      summary: 'Messages, newest first, page by page',
      security: [{ operator: [] }],
      querystring: z.strictObject({
        status: statusSchema.optional(),
        before: z.string().max(64).optional().describe('The `next` of the page before.'),
        limit: pageLimit,
      }),
      response: {
        200: z.strictObject({ messages: z.array(messageSummarySchema).readonly(), next: z.string().optional() }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'),
      },
    },
    handler: async (request) => {
      const { items, next } = await bus.operations.messages(stated(request.query));
      return { messages: items, ...stated({ next }) };
    },
  });
};

const show = (app: HttpServer, { bus, timing }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/messages/:id',
    config: { access: 'either' },
    schema: {
      tags: ['messages'],
      summary: 'The whole way of a message, for its sender, those it was given to, and the operator',
      security: [{ agent: [] }, { operator: [] }],
      params: idParameters,
      response: {
        200: traceSchema,
        ...problems('CREDENTIAL_REFUSED', 'REQUEST_INVALID', 'MESSAGE_NOT_FOUND', 'MESSAGE_GONE', 'STORE_CORRUPT'),
      },
    },
    handler: (request) => {
      const { id } = request.params;
      return asWhoSpeaks(request, {
        agent: (handle) => unhurried('MESSAGE_NOT_FOUND', () => handle.trace(id), timing),
        operator: () => bus.operations.trace(id),
      });
    },
  });
};

/** Sending one message, and looking at what became of messages. */
export const messageRoutes = (app: HttpServer, context: HttpContext): void => {
  send(app, context);
  list(app, context);
  show(app, context);
};
