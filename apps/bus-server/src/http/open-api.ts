import swagger from '@fastify/swagger';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { version } from '../version.js';
import type { HttpServer } from './http-server.js';

/** Gathers the routes that are added after it into an OpenAPI document, answered at `/openapi.json`. */
export const describeApi = async (app: HttpServer): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Charterbus',
        version,
        description: 'A message bus for AI agents that has a constitution. Errors are problem documents (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          agent: { type: 'http', scheme: 'bearer', description: "An agent's token, given at its registration." },
          operator: { type: 'http', scheme: 'bearer', description: "The operator's token." },
        },
      },
      tags: [
        { name: 'server', description: 'Health, and what is in force.' },
        { name: 'agents', description: 'Who exists.' },
        { name: 'messages', description: 'Sending, and the way of what was sent.' },
        { name: 'deliveries', description: 'Receiving.' },
        { name: 'dead letters', description: 'What ended without success.' },
      ],
    },
    transform: jsonSchemaTransform,
  });
};
