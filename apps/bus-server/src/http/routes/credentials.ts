import type { AgentHandle } from '@charterbus/bus';
import { AgentError } from '@charterbus/core-models';
import type { AgentState, Credential } from '@charterbus/registry';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { agentParameters, findAgent, itselfOrAny, namedIn, referenceTo, tenantQuery } from '../agent-in-path.js';
import { asWhoSpeaks, type HttpContext, type HttpServer } from '../http-server.js';
import {
  credentialOnWire,
  credentialSchema,
  issuedOnWire,
  issuedSchema,
  millisecondsOf,
  tokenRequestSchema,
} from '../schemas/identity.js';
import { problems } from '../schemas/problem.js';
import { stated } from '../schemas/request.js';

const oneParameters = agentParameters.extend({ credential: z.string().min(1).max(256) });

const ofPaths = [
  'CREDENTIAL_REFUSED',
  'OPERATOR_REQUIRED',
  'REQUEST_INVALID',
  'AGENT_NOT_REGISTERED',
  'AGENT_AMBIGUOUS',
] as const;
const ofBodies = ['MESSAGE_MALFORMED', 'REQUEST_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED'] as const;
const ofStores = ['STORE_UNAVAILABLE', 'STORE_OUTCOME_UNKNOWN'] as const;

/** Which of its agent's credentials a credential may see and end: one that is limited in what it is good for, only itself. */
const isWithin = (handle: AgentHandle, id: string): boolean => {
  const shown = handle.credential;
  return shown?.scopes === undefined || shown.id === id;
};

/** Whether the agent, if one speaks, may know of the credential. */
const mayKnow = (request: Pick<FastifyRequest, 'principal'>, id: string): boolean =>
  asWhoSpeaks(request, { agent: (handle) => isWithin(handle, id), operator: () => true });

/**
 * An agent replaces the token that it shows, no other: whoever got hold of a session, or of a token that ends soon, must
 * not make one that lasts out of it.
 *
 * @throws AgentError `OPERATOR_REQUIRED` or `AGENT_QUARANTINED`.
 */
const checkRotates = (handle: AgentHandle, id: string, { status }: AgentState): void => {
  // Since it was let in: its body may have come late.
  if (status === 'quarantined') throw new AgentError('AGENT_QUARANTINED', 'The agent is quarantined.');
  if (handle.credential?.id === id) return;
  throw new AgentError('OPERATOR_REQUIRED', 'An agent may rotate the token that it shows only.');
};

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/agents/:id/credentials',
    config: { access: 'either' },
    schema: {
      tags: ['credentials'],
      summary: 'Tokens and sessions of an agent that are in force, without their secrets',
      description: 'An agent sees its own; one whose credential is limited by scopes sees that credential alone.',
      security: [{ operator: [] }, { agent: [] }],
      params: agentParameters,
      querystring: tenantQuery,
      response: {
        200: z.strictObject({ credentials: z.array(credentialSchema).readonly() }),
        ...problems(...ofPaths),
      },
    },
    handler: (request) => {
      const { operations } = bus;
      const all: readonly Credential[] = operations.identity.credentials(
        itselfOrAny(request, operations, namedIn(request)),
      );
      return { credentials: all.filter(({ id }) => mayKnow(request, id)).map(credentialOnWire) };
    },
  });
};

const issue = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/agents/:id/credentials',
    config: { access: 'operator', bodyOptional: true, begins: true },
    schema: {
      tags: ['credentials'],
      summary: 'One more token for an agent; it is shown this once',
      security: [{ operator: [] }],
      params: agentParameters,
      querystring: tenantQuery,
      body: tokenRequestSchema,
      response: {
        201: issuedSchema,
        ...problems(...ofPaths, ...ofBodies, ...ofStores, 'CREDENTIAL_LIMIT_REACHED', 'BUS_DRAINING'),
      },
    },
    handler: async (request, reply) => {
      const { scopes, expiresAt, label } = request.body;
      const reference = referenceTo(findAgent(bus.operations, namedIn(request)));
      const issued = await bus.operations.identity.issueToken(
        reference,
        stated({ scopes, label, expiresAt: expiresAt === undefined ? undefined : millisecondsOf(expiresAt) }),
      );
      return reply.code(201).header('cache-control', 'no-store').send(issuedOnWire(issued));
    },
  });
};

const rotate = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/agents/:id/credentials/:credential/rotate',
    config: { access: 'either', bodyOptional: true, begins: true },
    schema: {
      tags: ['credentials'],
      summary: 'A token in place of another: the same scopes, a life as long; it is shown this once',
      description: 'An agent may rotate the token that it shows, the operator any.',
      security: [{ operator: [] }, { agent: [] }],
      params: oneParameters,
      querystring: tenantQuery,
      body: z.strictObject({
        overlapMs: z.int().min(0).max(2_592_000_000).default(0).describe('How long the old one stays good.'),
      }),
      response: {
        201: issuedSchema,
        ...problems(
          ...ofPaths,
          ...ofBodies,
          ...ofStores,
          'CREDENTIAL_NOT_FOUND',
          'CREDENTIAL_LIMIT_REACHED',
          'BUS_DRAINING',
        ),
      },
    },
    handler: async (request, reply) => {
      const { credential } = request.params;
      const { identity } = bus.operations;
      const reference = itselfOrAny(request, bus.operations, namedIn(request));
      asWhoSpeaks(request, {
        agent: (handle) => checkRotates(handle, credential, identity.state(reference)),
        operator: () => undefined,
      });
      const issued = await identity.rotateToken(reference, credential, request.body);
      return reply.code(201).header('cache-control', 'no-store').send(issuedOnWire(issued));
    },
  });
};

const revoke = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'DELETE',
    url: '/v1/agents/:id/credentials/:credential',
    // Not `begins`: to end what was stolen must be possible also while the server drains.
    config: { access: 'either' },
    schema: {
      tags: ['credentials'],
      summary: 'End a token or a session, at once and everywhere',
      description: 'An agent may end its own; one whose credential is limited by scopes that credential alone.',
      security: [{ operator: [] }, { agent: [] }],
      params: oneParameters,
      querystring: tenantQuery,
      response: { 204: z.null(), ...problems(...ofPaths, ...ofStores, 'CREDENTIAL_NOT_FOUND') },
    },
    handler: async (request, reply) => {
      const { credential } = request.params;
      const reference = itselfOrAny(request, bus.operations, namedIn(request));
      if (!mayKnow(request, credential)) {
        throw new AgentError('CREDENTIAL_NOT_FOUND', 'The agent has no such credential in force.');
      }
      await bus.operations.identity.revokeCredential(reference, credential);
      return reply.code(204).send(null);
    },
  });
};

/** By what agents show who they are. */
export const credentialRoutes = (app: HttpServer, context: HttpContext): void => {
  list(app, context);
  issue(app, context);
  rotate(app, context);
  revoke(app, context);
};
