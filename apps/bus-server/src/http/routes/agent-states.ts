import type { IdentityOperations } from '@charterbus/bus';
import type { AgentReference } from '@charterbus/core-models';
import type { AgentState } from '@charterbus/registry';
import { z } from 'zod';
import {
  agentParameters,
  findAgent,
  itself,
  itselfOrAny,
  namedIn,
  referenceTo,
  tenantQuery,
} from '../agent-in-path.js';
import { agentOf, type HttpContext, type HttpServer } from '../http-server.js';
import { stateOnWire, stateSchema } from '../schemas/identity.js';
import { problems } from '../schemas/problem.js';
import { reasonSchema } from '../schemas/request.js';

const ofPaths = ['CREDENTIAL_REFUSED', 'OPERATOR_REQUIRED', 'REQUEST_INVALID'] as const;
const ofOperators = [
  ...ofPaths,
  'AGENT_NOT_REGISTERED',
  'AGENT_AMBIGUOUS',
  'MESSAGE_MALFORMED',
  'REQUEST_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'STORE_UNAVAILABLE',
  'STORE_OUTCOME_UNKNOWN',
] as const;

const show = (app: HttpServer, { bus }: HttpContext): void => {
  app.route({
    method: 'GET',
    url: '/v1/agents/:id/state',
    config: { access: 'either' },
    schema: {
      tags: ['agents'],
      summary: 'Whether an agent is there, and whether it is quarantined; an agent may look at itself',
      security: [{ operator: [] }, { agent: [] }],
      params: agentParameters,
      querystring: tenantQuery,
      response: { 200: stateSchema, ...problems(...ofPaths, 'AGENT_NOT_REGISTERED', 'AGENT_AMBIGUOUS') },
    },
    handler: (request) => {
      const { operations } = bus;
      return stateOnWire(operations.identity.state(itselfOrAny(request, operations, namedIn(request))));
    },
  });
};

const heartbeat = (app: HttpServer): void => {
  app.route({
    method: 'POST',
    url: '/v1/agents/:id/heartbeat',
    // Not `begins`: who is still there is said also while the server drains.
    config: { access: 'agent', bodyOptional: true },
    schema: {
      tags: ['agents'],
      summary: 'Say that the agent of the token is there: its lease begins anew',
      security: [{ agent: [] }],
      params: agentParameters,
      querystring: tenantQuery,
      body: z.strictObject({}),
      response: {
        200: stateSchema,
        ...problems(
          ...ofPaths,
          'AGENT_REQUIRED',
          'MESSAGE_MALFORMED',
          'REQUEST_TOO_LARGE',
          'MEDIA_TYPE_UNSUPPORTED',
          'STORE_UNAVAILABLE',
        ),
      },
    },
    handler: async (request) => {
      const handle = agentOf(request);
      itself(handle, namedIn(request));
      return stateOnWire(await handle.heartbeat());
    },
  });
};

type Decide = (identity: IdentityOperations, reference: AgentReference, reason: string) => Promise<AgentState>;

interface Decision {
  readonly verb: string;
  readonly summary: string;
  /** Whether it waits for the next start where the server drains. */
  readonly begins: boolean;
  readonly decide: Decide;
}

const add = (app: HttpServer, { bus }: HttpContext, { verb, summary, begins, decide }: Decision): void => {
  app.route({
    method: 'POST',
    url: `/v1/agents/:id/${verb}`,
    config: { access: 'operator', begins },
    schema: {
      tags: ['agents'],
      summary,
      security: [{ operator: [] }],
      params: agentParameters,
      querystring: tenantQuery,
      body: z.strictObject({ reason: reasonSchema }),
      response: { 200: stateSchema, ...problems(...ofOperators, ...(begins ? (['BUS_DRAINING'] as const) : [])) },
    },
    handler: async (request) => {
      const reference = referenceTo(findAgent(bus.operations, namedIn(request)));
      return stateOnWire(await decide(bus.operations.identity, reference, request.body.reason));
    },
  });
};

/** Whether agents are there, and whether they may speak. */
export const agentStateRoutes = (app: HttpServer, context: HttpContext): void => {
  show(app, context);
  heartbeat(app);
  add(app, context, {
    verb: 'quarantine',
    summary: 'Keep an agent from speaking and from being given anything; what it has in hand is taken back',
    begins: false,
    decide: (identity, reference, reason) => identity.quarantine(reference, reason),
  });
  add(app, context, {
    verb: 'reinstate',
    summary: 'End a quarantine',
    begins: true,
    decide: (identity, reference, reason) => identity.reinstate(reference, reason),
  });
};
