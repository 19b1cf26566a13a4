import { type Agent, agentKey, OperationError } from '@charterbus/core-models';
import type { AgentFilter, AgentPage } from '../agents.js';
import { referenceOf } from '../record/agent-record.js';
import type { AgentView } from './agent-view.js';
import { type Entry, statusOf } from './entry.js';

const defaultPage = 100;
const largestPage = 1000;
/** Up to so many are sorted for a page; of more the sorted keys of all are walked. */
const fewEntries = 4096;

const matches = (entry: Entry, { tenant, id, role, type, capability, status }: AgentFilter): boolean => {
  const { agent } = entry.record;
  return (
    (tenant === undefined || agent.tenant === tenant) &&
    (id === undefined || agent.id === id) &&
    (role === undefined || agent.role === role) &&
    (type === undefined || agent.type === type) &&
    (capability === undefined || agent.capabilities.includes(capability)) &&
    (status === undefined || statusOf(entry) === status)
  );
};

/** All that an index knows to be worth looking at; nothing where none narrows the question. */
const candidates = ({ tenant, id, capability, status }: AgentFilter, view: AgentView): Iterable<Entry> | undefined => {
  if (id !== undefined) return view.withId(id, tenant);
  const inactive = status === 'active' ? 0 : view.inactive.size;
  if (status !== undefined && status !== 'active' && inactive <= fewEntries) return view.inactive;
  if (tenant === undefined || capability === undefined) return undefined;
  const capable = view.withCapability(tenant, capability);
  if (inactive + capable.size > fewEntries) return undefined;
  return inactive === 0 ? capable : [...capable, ...view.inactive];
};

/** In the order of their keys, from the cursor on. */
function* inOrder(filter: AgentFilter, view: AgentView): Iterable<readonly [string, Entry | undefined]> {
  const prefix = filter.tenant === undefined ? '' : `${filter.tenant}/`;
  const { after = '' } = filter;
  const found = candidates(filter, view);
  if (found !== undefined) {
    const keyed = Array.from(found, (entry) => [agentKey(referenceOf(entry.record.agent)), entry] as const);
    yield* keyed.filter(([key]) => key > after).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return;
  }
  // A tenant's keys lie together, since they share a prefix.
  let place = view.keys.from(after < prefix ? prefix : after);
  for (let key = view.keys.at(place); key?.startsWith(prefix) === true; key = view.keys.at(++place)) {
    if (key !== after) yield [key, view.entryOfKey(key)];
  }
}

/** @throws OperationError `REQUEST_INVALID` for a limit out of bounds. */
export const listAgents = (filter: AgentFilter, view: AgentView): AgentPage => {
  const { limit = defaultPage } = filter;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage) {
    throw new OperationError('REQUEST_INVALID', `The limit must be a whole number from 1 to ${largestPage}.`);
  }
  const agents: Agent[] = [];
  let last = '';
  for (const [key, entry] of inOrder(filter, view)) {
    if (entry === undefined || !matches(entry, filter)) continue;
    if (agents.length === limit) return { agents, next: last };
    agents.push(entry.record.agent);
    last = key;
  }
  return { agents };
};
