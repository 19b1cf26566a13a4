import { OperationError, rfc3339 } from '@charterbus/core-models';
import { healthStatuses } from '@charterbus/recovery';
import { z } from 'zod';
import { eventStream } from '../event-stream.js';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';

const componentSchema = z
  .strictObject({
    name: z.string(),
    score: z.number().describe('From 0, down, to 1, well.'),
    weight: z.number(),
    critical: z.boolean().describe('Whether all is critical when this is at 0.'),
    reason: z.string().describe('A code, as `ok`, `breaker_open`, `check_failed`.'),
  })
  .readonly();

const snapshotSchema = z
  .strictObject({
    at: z.iso.datetime(),
    status: z.enum(healthStatuses).describe('After hysteresis: better only after some samples in a row.'),
    sampled: z.enum(healthStatuses).describe('What this sample alone says.'),
    score: z.number(),
    components: z.array(componentSchema).readonly(),
  })
  .readonly();

const refuseWhereCritical = async ({ bus, draining }: HttpContext): Promise<void> => {
  if (draining.aborted || !bus.accepting) {
    throw new OperationError('BUS_DRAINING', 'The server is about to end and begins nothing new.');
  }
  await bus.checkReady();
  const { sampled } = await bus.health.sample();
  // Which component it is, is for operators: this is open to everybody.
  if (sampled === 'critical') throw new OperationError('HEALTH_CRITICAL', 'Something that messages need is down.');
};

const probes = (app: HttpServer, context: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/healthz',
    config: { access: 'open' },
    schema: {
      tags: ['server'],
      summary: 'Whether the process lives: whether it is to be started anew',
      response: { 200: z.strictObject({ status: z.literal('alive') }), ...problems() },
    },
    handler: () => ({ status: 'alive' as const }),
  });
  app.route({
    method: 'GET',
    url: '/readyz',
    config: { access: 'open' },
    schema: {
      tags: ['server'],
      summary: 'Whether messages are accepted, judged and can be kept: whether it is to be given work',
      response: {
        200: z.strictObject({ status: z.literal('ready') }),
        ...problems('BUS_DRAINING', 'STORE_UNAVAILABLE', 'STORE_CORRUPT', 'HEALTH_CRITICAL'),
      },
    },
    handler: async () => {
      await refuseWhereCritical(context);
      return { status: 'ready' as const };
    },
  });
};

const show = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/health',
    config: { access: 'operator' },
    schema: {
      tags: ['health'],
      summary: 'How well the server is, component by component, and how it was',
      security: [{ operator: [] }],
      querystring: z.strictObject({
        history: z.enum(['true', 'false']).optional().describe('With the last 300 samples, the oldest first.'),
      }),
      response: {
        200: z.strictObject({ now: snapshotSchema, history: z.array(snapshotSchema).readonly().optional() }),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'),
      },
    },
    handler: async ({ query }) => {
      const now = bus.health.current ?? (await bus.health.sample());
      return query.history === 'true' ? { now, history: bus.health.history } : { now };
    },
  });
};

const watch = (app: HttpServer, context: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/health/events',
    config: { access: 'operator', begins: true },
    schema: {
      tags: ['health'],
      summary: 'Changes of health as they come: server-sent events `status` and `component`',
      security: [{ operator: [] }],
      response: {
        200: z.any().describe('`text/event-stream`'),
        ...problems('CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'BUS_DRAINING'),
      },
    },
    handler: (_request, reply) =>
      eventStream(
        reply,
        context,
        (signal) => context.bus.health.events({}, signal),
        ({ kind, ...event }) => ({
          event: kind,
          data: 'at' in event ? event : { at: rfc3339(Date.parse(event.snapshot.at)), ...event },
        }),
      ),
  });
};

/** Probes for those who run the server, and what operators see of its health. */
export const healthRoutes = (app: HttpServer, context: HttpContext): void => {
  probes(app, context);
  show(app, context);
  watch(app, context);
};
