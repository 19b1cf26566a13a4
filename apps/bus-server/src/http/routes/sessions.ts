import { agentDraftSchema, agentSchema, identifierSchema, OperationError, rfc3339 } from '@charterbus/core-models';
import { z } from 'zod';
import { agentParameters } from '../agent-in-path.js';
import type { HttpContext, HttpServer } from '../http-server.js';
import { credentialSchema, issuedOnWire, scopesSchema } from '../schemas/identity.js';
import { problems } from '../schemas/problem.js';
import { stated } from '../schemas/request.js';

const proofMembers = {
  challenge: z.string().min(1).max(1024).describe('As it was given.'),
  signature: z.string().min(1).max(256).describe("Ed25519 by the agent's key, in base64url."),
};

const openProblems = [
  'REQUEST_INVALID',
  'MESSAGE_MALFORMED',
  'REQUEST_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'TOO_MANY_REQUESTS',
  'BUS_DRAINING',
  'STORE_UNAVAILABLE',
] as const;
const proofProblems = ['CREDENTIAL_REFUSED', 'AGENT_QUARANTINED', 'STORE_OUTCOME_UNKNOWN'] as const;

const challenge = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/sessions/challenge',
    config: { access: 'open', begins: true, strangers: true },
    schema: {
      tags: ['sessions'],
      summary: 'Something to sign, for an agent with a key; the same answer for agents that do not exist',
      body: z.strictObject({ tenant: identifierSchema, agent: identifierSchema }),
      response: {
        200: z.strictObject({
          challenge: z.string().describe('Opaque. Good for one proof.'),
          expiresAt: z.iso.datetime(),
          audience: z.string().describe('Part of what is signed.'),
        }),
        ...problems(...openProblems),
      },
    },
    handler: async ({ body: { tenant, agent } }, reply) => {
      const made = await bus.operations.identity.challenge({ tenant, agent });
      return reply.header('cache-control', 'no-store').send({ ...made, expiresAt: rfc3339(made.expiresAt) });
    },
  });
};

const open = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/sessions',
    config: { access: 'open', begins: true, strangers: true },
    schema: {
      tags: ['sessions'],
      summary: 'A token for a while, for whoever has the key of an agent',
      description: 'Whatever is wrong with a proof, the answer is the same. A challenge is good once.',
      body: z.strictObject({
        ...proofMembers,
        scopes: scopesSchema.optional().describe('What the session is to be good for. Absent: everything.'),
      }),
      response: {
        201: z.strictObject({
          agent: agentSchema,
          credential: credentialSchema,
          token: z.string(),
          expiresAt: z.iso.datetime(),
        }),
        ...problems(...openProblems, ...proofProblems),
      },
    },
    handler: async ({ body }, reply) => {
      const { agent, credential, token, expiresAt } = await bus.operations.identity.openSession(stated(body));
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ agent, ...issuedOnWire({ credential, token }), expiresAt: rfc3339(expiresAt) });
    },
  });
};

const register = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/agents/:id/registration',
    config: { access: 'open', invalid: 'AGENT_INVALID', begins: true, strangers: true },
    schema: {
      tags: ['sessions'],
      summary: 'State anew what an agent is, on the word of its key',
      description: 'All its credentials end, and it gets one token, which is shown this once. A quarantine stays.',
      params: agentParameters,
      body: z.strictObject({ draft: agentDraftSchema, proof: z.strictObject(proofMembers) }),
      response: {
        200: z.strictObject({ agent: agentSchema, credential: credentialSchema, token: z.string() }),
        ...problems(...openProblems, ...proofProblems, 'AGENT_INVALID'),
      },
    },
    handler: async ({ params, body }, reply) => {
      if (body.draft.id !== params.id) {
        throw new OperationError('REQUEST_INVALID', 'The draft is about another agent than the path names.');
      }
      const { agent, ...issued } = await bus.operations.identity.reregister(body.draft, body.proof);
      return reply.header('cache-control', 'no-store').send({ agent, ...issuedOnWire(issued) });
    },
  });
};

/** What agents with a key do without a token. Open to strangers: what is answered tells nothing about who exists. */
export const sessionRoutes = (app: HttpServer, context: HttpContext): void => {
  challenge(app, context);
  open(app, context);
  register(app, context);
};
