import { type Agent, AgentError, OperationError } from '@charterbus/core-models';
import type { AgentFilter, AgentPage } from '../registry.js';
import { tokenDigest } from '../token.js';
import type { AgentView } from './agent-view.js';

const defaultPage = 100;
const largestPage = 1000;

/** @throws AgentError `CREDENTIAL_REFUSED` */
export const whoHas = (token: string, view: AgentView): Agent => {
  const digest = tokenDigest(token);
  const agent = digest === undefined ? undefined : view.byToken(digest);
  if (agent === undefined) throw new AgentError('CREDENTIAL_REFUSED', 'The credential is not valid.');
  return agent;
};

/** @throws OperationError `REQUEST_INVALID` for a limit out of bounds. */
export const listAgents = (filter: AgentFilter, view: AgentView): AgentPage => {
  const { limit = defaultPage } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage) {
    throw new OperationError('REQUEST_INVALID', `The limit must be a whole number from 1 to ${largestPage}.`);
  }
  return view.page(filter, limit);
};
