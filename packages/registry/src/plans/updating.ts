import type { Agent, AgentReference } from '@charterbus/core-models';
import { type ParsedPatch, patchedDraft, revised } from '../patch.js';
import { mustExist, nothing, type Plan, type PlanSources } from './plan.js';

export const updating = (reference: AgentReference, patch: ParsedPatch, { ids }: PlanSources): Plan<Agent> => ({
  kind: 'updated',
  reference,
  make: (record) => {
    const before = mustExist(record, reference);
    const agent = revised(before.agent, patchedDraft(before.agent, patch));
    if (agent === before.agent) return { unchanged: agent };
    const version = ids.next();
    return { version, next: { ...before, version, agent }, result: (kept) => kept };
  },
});

export const quarantining = (reference: AgentReference, reason: string, { clock, ids }: PlanSources): Plan<void> => ({
  kind: 'quarantined',
  reference,
  isNarrowing: true,
  make: (record) => {
    const before = mustExist(record, reference);
    if (before.quarantine?.reason === reason) return { unchanged: undefined };
    const version = ids.next();
    const quarantine = Object.freeze({ reason, since: Math.floor(clock.now()) });
    return { version, next: { ...before, version, quarantine }, result: nothing };
  },
});

export const reinstating = (reference: AgentReference, { ids }: PlanSources): Plan<void> => ({
  kind: 'reinstated',
  reference,
  make: (record) => {
    const { quarantine, ...before } = mustExist(record, reference);
    if (quarantine === undefined) return { unchanged: undefined };
    const version = ids.next();
    return { version, next: { ...before, version }, result: nothing };
  },
});
