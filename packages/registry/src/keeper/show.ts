import type { RegistryChangeKind } from '../agents.js';
import type { AgentRecord } from '../record/agent-record.js';
import type { AgentView } from '../view/agent-view.js';
import type { Entry } from '../view/entry.js';
import type { Tell } from './keeper.js';

/** Shows a record that is kept now, and tells of it. */
export const show = (kind: RegistryChangeKind, record: AgentRecord, view: AgentView, tell: Tell): Entry => {
  const { agent } = record;
  const wasExpired = view.entry({ tenant: agent.tenant, agent: agent.id })?.isExpired === true;
  const entry = view.put(record);
  tell({ kind, agent });
  if (wasExpired && !entry.isExpired) tell({ kind: 'returned', agent });
  return entry;
};

/** Shows that an agent has ended, and tells of it. */
export const showEnd = (entry: Entry, view: AgentView, tell: Tell): void => {
  view.remove(entry);
  tell({ kind: 'unregistered', agent: entry.record.agent });
};

/** Shows whether an agent's lease has run out, and tells of it where that is news. */
export const showExpiry = (entry: Entry, isExpired: boolean, view: AgentView, tell: Tell): void => {
  if (entry.isExpired === isExpired) return;
  view.setExpired(entry, isExpired);
  tell({ kind: isExpired ? 'expired' : 'returned', agent: entry.record.agent });
};
