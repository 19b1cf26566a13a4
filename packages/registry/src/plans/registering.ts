import { AgentError, type AgentReference, agentKey } from '@charterbus/core-models';
import type { Registration } from '../credentials/credential.js';
import type { ParsedDraft } from '../draft.js';
import { anew } from '../patch.js';
import { freezeAgent } from '../record/freeze-agent.js';
import { issue, refused } from './issuing.js';
import { mustExist, nothing, type Plan, type PlanSources } from './plan.js';

const referenceOf = ({ tenant, id }: ParsedDraft): AgentReference => ({ tenant, agent: id });

export const registering = (stated: ParsedDraft, sources: PlanSources): Plan<Registration> => {
  const reference = referenceOf(stated);
  return {
    kind: 'registered',
    reference,
    sameAs: JSON.stringify(stated),
    make: (record) => {
      if (record !== undefined) {
        throw new AgentError('AGENT_ALREADY_REGISTERED', `The agent ${agentKey(reference)} is registered already.`);
      }
      const version = sources.ids.next();
      const registeredAt = new Date(sources.clock.now()).toISOString();
      const agent = freezeAgent({ ...stated, registeredAt, revision: version });
      const { stored, issued } = issue('token', {}, sources);
      return {
        version,
        next: { version, agent, credentials: [stored] },
        result: (kept) => ({ agent: kept, ...issued }),
      };
    },
  };
};

/** By the agent itself: whether it is must be known by now. */
export const reregistering = (stated: ParsedDraft, provenKey: string, sources: PlanSources): Plan<Registration> => ({
  kind: 'updated',
  reference: referenceOf(stated),
  make: (record) => {
    // Another one since, or with another key: what was proven is not about it.
    if (record === undefined || record.agent.publicKey !== provenKey) throw refused();
    const version = sources.ids.next();
    const { stored, issued } = issue('token', {}, sources);
    const next = { ...record, version, agent: anew(record.agent, stated), credentials: [stored] };
    return { version, next, result: (agent) => ({ agent, ...issued }) };
  },
});

export const unregistering = (reference: AgentReference, { ids }: PlanSources): Plan<void> => ({
  kind: 'unregistered',
  reference,
  isNarrowing: true,
  make: (record) => {
    mustExist(record, reference);
    return { version: ids.next(), next: undefined, result: nothing };
  },
});
