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

/** The constitution in force, and the description of the interface itself. */
export const serverRoutes = (app: HttpServer, context: HttpContext): void => {
  constitution(app, context);
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, () => app.swagger());
};
