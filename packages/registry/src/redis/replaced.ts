import { agentKey, registrationOf } from '@charterbus/core-models';
import type { RegistryChange, RegistryChangeKind } from '../agents.js';
import { type AgentRecord, referenceOf } from '../record/agent-record.js';
import { AgentView } from '../view/agent-view.js';
import type { Entry } from '../view/entry.js';
import { type Snapshot, sharing } from './stored.js';

const isSameRegistration = (one: AgentRecord, other: AgentRecord): boolean =>
  registrationOf(one.agent.revision) === registrationOf(other.agent.revision);

const credentialsOf = ({ credentials }: AgentRecord): string => JSON.stringify(credentials);

/** What has become of one registration, kind by kind. */
const differences = (before: Entry, after: Entry): readonly RegistryChangeKind[] => {
  const kinds: RegistryChangeKind[] = [];
  const [old, young] = [before.record, after.record];
  if (old.agent.revision !== young.agent.revision) kinds.push('updated');
  if (old !== young && credentialsOf(old) !== credentialsOf(young)) kinds.push('credentials');
  if (old.quarantine?.reason !== young.quarantine?.reason) {
    kinds.push(young.quarantine === undefined ? 'reinstated' : 'quarantined');
  }
  if (before.isExpired !== after.isExpired) kinds.push(after.isExpired ? 'expired' : 'returned');
  return kinds;
};

const changesOf = (before: Entry | undefined, after: Entry): readonly RegistryChange[] => {
  const { agent, quarantine } = after.record;
  if (before !== undefined) return differences(before, after).map((kind) => ({ kind, agent }));
  return [
    { kind: 'registered', agent },
    ...(quarantine === undefined ? [] : [{ kind: 'quarantined' as const, agent }]),
    ...(after.isExpired ? [{ kind: 'expired' as const, agent }] : []),
  ];
};

/** A view of all that was loaded anew, and what is different in it from the one before, those first that are gone. */
export const replaced = (
  before: AgentView,
  { records, expired }: Snapshot,
): { readonly view: AgentView; readonly changes: readonly RegistryChange[] } => {
  const view = new AgentView();
  const changes: RegistryChange[] = [];
  for (const record of records) {
    const reference = referenceOf(record.agent);
    const found = before.entry(reference);
    const known = found !== undefined && isSameRegistration(found.record, record) ? found : undefined;
    const entry = view.put(sharing(record, known));
    if (expired.has(agentKey(reference))) view.setExpired(entry, true);
    if (known !== undefined) entry.heardAt = known.heardAt;
    changes.push(...changesOf(known, entry));
  }
  const gone = [...before.entries()].filter(({ record }) => {
    const left = view.entry(referenceOf(record.agent));
    return left === undefined || !isSameRegistration(left.record, record);
  });
  return {
    view,
    changes: [...gone.map(({ record }) => ({ kind: 'unregistered' as const, agent: record.agent })), ...changes],
  };
};
