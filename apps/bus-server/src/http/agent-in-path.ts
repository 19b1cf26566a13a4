import type { AgentHandle, Operations } from '@charterbus/bus';
import { type Agent, AgentError, type AgentReference, identifierSchema } from '@charterbus/core-models';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { asWhoSpeaks } from './http-server.js';

export const agentParameters = z.strictObject({ id: identifierSchema });
export const tenantQuery = z.strictObject({
  tenant: identifierSchema.optional().describe('May be left out while only one tenant has an agent of this id.'),
});

/** What a path and its query say of an agent. */
export interface NamedAgent {
  readonly id: string;
  readonly tenant: string | undefined;
}

export const namedIn = ({
  params,
  query,
}: {
  readonly params: z.output<typeof agentParameters>;
  readonly query: z.output<typeof tenantQuery>;
}): NamedAgent => ({ id: params.id, tenant: query.tenant });

export const referenceTo = ({ tenant, id }: Pick<Agent, 'tenant' | 'id'>): AgentReference => ({ tenant, agent: id });

/**
 * The agent of an id, whose tenant need not be named while it is the only one. For operators only: it tells who exists.
 *
 * @throws AgentError `AGENT_NOT_REGISTERED` or `AGENT_AMBIGUOUS`.
 */
export const findAgent = (operations: Operations, { id, tenant }: NamedAgent): Agent => {
  if (tenant !== undefined) return operations.agent({ tenant, agent: id });
  const { agents } = operations.agents({ id, limit: 2 });
  const [agent, another] = agents;
  if (agent === undefined) throw new AgentError('AGENT_NOT_REGISTERED', 'There is no such agent.');
  if (another === undefined) return agent;
  throw new AgentError('AGENT_AMBIGUOUS', 'Several tenants have an agent of this id; name one: `?tenant=…`.');
};

/**
 * The speaking agent, where the path names it. Whoever else it names, and whether there is one, makes no difference.
 *
 * @throws AgentError `OPERATOR_REQUIRED`.
 */
export const itself = ({ agent }: AgentHandle, { id, tenant }: NamedAgent): Agent => {
  if (id === agent.id && (tenant ?? agent.tenant) === agent.tenant) return agent;
  throw new AgentError('OPERATOR_REQUIRED', 'An agent may look at itself, and change what is its own, only.');
};

/** On routes whose access is `either`: for an agent itself, for the operator anybody. */
export const itselfOrAny = (
  request: Pick<FastifyRequest, 'principal'>,
  operations: Operations,
  named: NamedAgent,
): AgentReference =>
  asWhoSpeaks(request, {
    agent: (handle) => referenceTo(itself(handle, named)),
    operator: () => referenceTo(findAgent(operations, named)),
  });
