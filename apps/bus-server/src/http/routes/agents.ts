import { agentDraftSchema, agentSchema, identifierSchema, labelSchema } from '@charterbus/core-models';
import { type AgentPatch, type AgentStatus } from '@charterbus/registry';
import { z } from 'zod';
import { agentParameters, findAgent, itself, namedIn, referenceTo, tenantQuery } from '../agent-in-path.js';
import { asWhoSpeaks, type HttpContext, type HttpServer } from '../http-server.js';
import { credentialSchema, issuedOnWire } from '../schemas/identity.js';
import { problems } from '../schemas/problem.js';
import { pageLimit, stated } from '../schemas/request.js';

const statuses = ['active', 'quarantined', 'expired'] as const satisfies readonly AgentStatus[];

const listQuery = z.strictObject({
  tenant: identifierSchema.optional(),
  role: labelSchema.optional(),
  type: labelSchema.optional(),
  capability: labelSchema.optional(),
  status: z.enum(statuses).optional(),
  after: z.string().max(300).optional().describe('The `next` of the page before.'),
  limit: pageLimit,
});

const { role, type, metadata, publicKey, leaseMs, capabilities } = agentDraftSchema.shape;

const patchSchema = z
  .strictObject({
    role: role.nullable(),
    // Without the default that a draft has: what is left out stays.
    capabilities: capabilities.unwrap().optional(),
    type: type.nullable(),
    metadata: metadata.nullable(),
    publicKey: publicKey.nullable(),
    leaseMs: leaseMs.nullable(),
  })
  .describe('What is left out stays as it is; `null` takes away.');

const operatorOnly = ['CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'] as const;
const ofBodies = ['AGENT_INVALID', 'MESSAGE_MALFORMED', 'REQUEST_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED'] as const;
const ofStores = ['STORE_UNAVAILABLE', 'STORE_OUTCOME_UNKNOWN'] as const;

const register = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'POST',
    url: '/v1/agents',
    config: { access: 'operator', invalid: 'AGENT_INVALID', begins: true },
    schema: {
      tags: ['agents'],
      summary: 'Register an agent; its token is shown this once',
      security: [{ operator: [] }],
      body: agentDraftSchema,
      response: {
        201: z.strictObject({ agent: agentSchema, credential: credentialSchema, token: z.string() }),
        ...problems(
          ...operatorOnly,
          ...ofBodies,
          ...ofStores,
          'AGENT_ALREADY_REGISTERED',
          'AGENT_LIMIT_REACHED',
          'BUS_DRAINING',
        ),
      },
    },
    handler: async (request, reply) => {
      const { agent, ...issued } = await bus.operations.register(request.body);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ agent, ...issuedOnWire(issued) });
    },
  });
};

const list = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/agents',
    config: { access: 'operator' },
    schema: {
      tags: ['agents'],
      summary: 'Agents, sorted by tenant and id, page by page',
      security: [{ operator: [] }],
      querystring: listQuery,
      response: {
        200: z.strictObject({ agents: z.array(agentSchema).readonly(), next: z.string().optional() }),
        ...problems(...operatorOnly),
      },
    },
    handler: (request) => bus.operations.agents(stated(request.query)),
  });
};

const show = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/agents/:id',
    config: { access: 'either' },
    schema: {
      tags: ['agents'],
      summary: 'One agent; an agent may look at itself',
      security: [{ operator: [] }, { agent: [] }],
      params: agentParameters,
      querystring: tenantQuery,
      response: { 200: agentSchema, ...problems(...operatorOnly, 'AGENT_NOT_REGISTERED', 'AGENT_AMBIGUOUS') },
    },
    handler: (request) =>
      asWhoSpeaks(request, {
        agent: (handle) => itself(handle, namedIn(request)),
        operator: () => findAgent(bus.operations, namedIn(request)),
      }),
  });
};

const update = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'PATCH',
    url: '/v1/agents/:id',
    config: { access: 'operator', invalid: 'AGENT_INVALID', begins: true },
    schema: {
      tags: ['agents'],
      summary: 'Change what is stated of an agent; its tokens stay good',
      security: [{ operator: [] }],
      params: agentParameters,
      querystring: tenantQuery,
      body: patchSchema,
      response: {
        200: agentSchema,
        ...problems(
          ...operatorOnly,
          ...ofBodies,
          ...ofStores,
          'AGENT_NOT_REGISTERED',
          'AGENT_AMBIGUOUS',
          'BUS_DRAINING',
        ),
      },
    },
    handler: (request) => {
      const reference = referenceTo(findAgent(bus.operations, namedIn(request)));
      return bus.operations.identity.update(reference, stated(request.body) as AgentPatch);
    },
  });
};

const unregister = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'DELETE',
    url: '/v1/agents/:id',
    config: { access: 'operator' },
    schema: {
      tags: ['agents'],
      summary: 'End an agent and its credentials; what is queued for it becomes dead letters',
      security: [{ operator: [] }],
      params: agentParameters,
      querystring: tenantQuery,
      response: {
        204: z.null(),
        ...problems(...operatorOnly, ...ofStores, 'AGENT_NOT_REGISTERED', 'AGENT_AMBIGUOUS'),
      },
    },
    handler: async (request, reply) => {
      await bus.operations.unregister(referenceTo(findAgent(bus.operations, namedIn(request))));
      return reply.code(204).send(null);
    },
  });
};

/** Who exists: the operator's business, but for an agent's look at itself. */
export const agentRoutes = (app: HttpServer, context: HttpContext): void => {
  register(app, context);
  list(app, context);
  show(app, context);
  update(app, context);
  unregister(app, context);
};
