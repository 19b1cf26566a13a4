import swagger from '@fastify/swagger';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { version } from '../version.js';
import type { HttpServer } from './http-server.js';

type Document = Parameters<typeof jsonSchemaTransform>[0];

/** A route that takes a bundle beside JSON has a schema for each media type, which the transform does not know. */
const transform = (document: Document): ReturnType<typeof jsonSchemaTransform> => {
  const { body } = document.schema ?? {};
  if (typeof body !== 'object' || body === null || !('content' in body)) return jsonSchemaTransform(document);
  const content = body.content as Readonly<Record<string, { readonly schema: unknown }>>;
  const inJson = { ...document.schema, body: content['application/json']?.schema };
  const transformed = jsonSchemaTransform({ ...document, schema: inJson } as Document);
  const json = (transformed.schema as { readonly body?: unknown }).body;
  const media = Object.keys(content).map((type) => [
    type,
    { schema: type === 'application/json' ? json : { type: 'string', format: 'binary' } },
  ]);
  const described = { ...transformed.schema, body: { content: Object.fromEntries(media) as unknown } };
  return { ...transformed, schema: described } as ReturnType<typeof jsonSchemaTransform>;
};

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
          agent: { type: 'http', scheme: 'bearer', description: "An agent's token, session, or JSON Web Token." },
          operator: { type: 'http', scheme: 'bearer', description: "The operator's token." },
        },
      },
      tags: [
        { name: 'server', description: 'Health, and what is in force.' },
        { name: 'agents', description: 'Who exists.' },
        { name: 'credentials', description: 'By what agents show who they are.' },
        { name: 'sessions', description: 'What an agent with a key does without a token.' },
        { name: 'messages', description: 'Sending, and the way of what was sent.' },
        { name: 'deliveries', description: 'Receiving.' },
        { name: 'topics', description: 'Who is subscribed to what.' },
        { name: 'pauses', description: 'What is held back for a time.' },
        { name: 'kill switch', description: 'What is stopped altogether.' },
        { name: 'dead letters', description: 'What ended without success.' },
      ],
    },
    transform,
  });
};
