import type { Operations } from '@charterbus/bus';
import {
  type Agent,
  AgentError,
  agentDraftSchema,
  agentSchema,
  identifierSchema,
  labelSchema,
} from '@charterbus/core-models';
import { z } from 'zod';
import { asWhoSpeaks, type HttpContext, type HttpServer } from '../http-server.js';
import { problems } from '../schemas/problem.js';
import { pageLimit, stated } from '../schemas/request.js';

const parameters = z.strictObject({ id: identifierSchema });
const tenantQuery = z.strictObject({
  tenant: identifierSchema.optional().describe('May be left out while only one tenant has an agent of this id.'),
});

const listQuery = z.strictObject({
  tenant: identifierSchema.optional(),
  role: labelSchema.optional(),
  capability: labelSchema.optional(),
  after: z.string().max(300).optional().describe('The `next` of the page before.'),
  limit: pageLimit,
});

const operatorOnly = ['CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'] as const;

/**
 * The agent of an id, whose tenant need not be named while it is the only one.
 *
 * @throws AgentError `AGENT_NOT_REGISTERED` or `AGENT_AMBIGUOUS`.
 */
const findAgent = (operations: Operations, id: string, tenant: string | undefined): Agent => {
  if (tenant !== undefined) return operations.agent({ tenant, agent: id });
  const { agents } = operations.agents({ id, limit: 2 });
  const [agent, another] = agents;
  if (agent === undefined) throw new AgentError('AGENT_NOT_REGISTERED', 'There is no such agent.');
  if (another === undefined) return agent;
  throw new AgentError('AGENT_AMBIGUOUS', 'Several tenants have an agent of this id; name one: `?tenant=…`.');
};

const itself = (agent: Agent, id: string, tenant: string | undefined): Agent => {
  if (id === agent.id && (tenant ?? agent.tenant) === agent.tenant) return agent;
  throw new AgentError('OPERATOR_REQUIRED', 'An agent may look at itself only.');
};

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
        201: z.strictObject({ agent: agentSchema, token: z.string() }),
        ...problems(
          ...operatorOnly,
          'AGENT_INVALID',
          'AGENT_ALREADY_REGISTERED',
          'AGENT_LIMIT_REACHED',
          'MESSAGE_MALFORMED',
          'REQUEST_TOO_LARGE',
          'MEDIA_TYPE_UNSUPPORTED',
          'BUS_DRAINING',
          'STORE_UNAVAILABLE',
          'STORE_OUTCOME_UNKNOWN',
        ),
      },
    },
    handler: async (request, reply) => {
      const registration = await bus.operations.register(request.body);
      return reply.code(201).header('cache-control', 'no-store').send(registration);
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
      params: parameters,
      querystring: tenantQuery,
      response: { 200: agentSchema, ...problems(...operatorOnly, 'AGENT_NOT_REGISTERED', 'AGENT_AMBIGUOUS') },
    },
    handler: (request) => {
      const { id } = request.params;
      const { tenant } = request.query;
      return asWhoSpeaks(request, {
        agent: ({ agent }) => itself(agent, id, tenant),
        operator: () => findAgent(bus.operations, id, tenant),
      });
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
      summary: 'End an agent and its token; what is queued for it becomes dead letters',
      security: [{ operator: [] }],
      params: parameters,
      querystring: tenantQuery,
      response: {
        204: z.null(),
        ...problems(
          ...operatorOnly,
          'AGENT_NOT_REGISTERED',
          'AGENT_AMBIGUOUS',
          'STORE_UNAVAILABLE',
          'STORE_OUTCOME_UNKNOWN',
        ),
      },
    },
    handler: async ({ params, query }, reply) => {
      const { id, tenant } = findAgent(bus.operations, params.id, query.tenant);
      await bus.operations.unregister({ tenant, agent: id });
      return reply.code(204).send(null);
    },
  });
};

/** Who exists: the operator's business, but for an agent's look at itself. */
export const agentRoutes = (app: HttpServer, context: HttpContext): void => {
  register(app, context);
  list(app, context);
  show(app, context);
  unregister(app, context);
};
