import { OperationError } from '@charterbus/core-models';
import { z } from 'zod';
import type { HttpContext, HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';

const constitutionSchema = z.strictObject({
  name: z.string(),
  revision: z.int(),
  hash: z.string().describe('The full constitutional hash.'),
  shortHash: z.string().describe('What messages state as `constitutionalHash`.'),
  slots: z
    .record(z.string(), z.string())
    .readonly()
    .optional()
    .describe('The version (SHA-256) of each external data slot that facts are taken from.'),
});

const health = (app: HttpServer, { bus, draining }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/healthz',
    config: { access: 'open' },
    schema: {
      tags: ['server'],
      summary: 'Whether the process lives',
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
      summary: 'Whether messages are accepted and can be kept',
      response: {
        200: z.strictObject({ status: z.literal('ready') }),
        ...problems('BUS_DRAINING', 'STORE_UNAVAILABLE', 'STORE_CORRUPT'),
      },
    },
    handler: async () => {
      if (draining.aborted || !bus.accepting) {
        throw new OperationError('BUS_DRAINING', 'The server is about to end and begins nothing new.');
      }
      await bus.checkReady();
      return { status: 'ready' as const };
    },
  });
};

const constitution = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/constitution',
    config: { access: 'open' },
    schema: {
      tags: ['server'],
      summary: 'The constitution in force',
      response: { 200: constitutionSchema, ...problems() },
    },
    handler: () => {
      const { manifest, hash, shortHash, slots } = bus.constitution;
      const external = Object.keys(slots).length === 0 ? {} : { slots };
      return { name: manifest.name, revision: manifest.revision, hash, shortHash, ...external };
    },
  });
};

/** Health, the constitution in force, and the description of the interface itself. */
export const serverRoutes = (app: HttpServer, context: HttpContext): void => {
  health(app, context);
  constitution(app, context);
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, () => app.swagger());
};
