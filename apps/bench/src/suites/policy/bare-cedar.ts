import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { synchronous } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { insist } from '../insist.js';
import { roleOf, senderId, sendPolicies, unrememberedSenders } from './workload.js';

const policySet = 'bench';

/** The same question as ours, with no more than the policies read. */
const callOf = (sender: string, role: string) => {
  const principal = { type: 'Agent', id: `acme/${sender}` };
  return {
    principal,
    action: { type: 'Action', id: 'send' },
    resource: { type: 'Agent', id: 'acme/worker' },
    context: { messageType: 'query' },
    entities: [{ uid: principal, attrs: { role }, parents: [] }],
    preparsedPolicySetId: policySet,
  };
};

export const bareCedar = (name: string, policies: number): Row => ({
  name,
  kind: 'limit',
  profile: 'statefulIsAuthorized on prepared policies, the last applies',
  leavesOut: 'schema, reading the answer, deadline, facts, verdict',
  open: async () => {
    const staticPolicies = Object.fromEntries(sendPolicies(policies).map((text, index) => [`send-${index}`, text]));
    const prepared = preparsePolicySet(policySet, { staticPolicies });
    insist(prepared.type === 'success', 'Cedar does not take the policies.');
    const role = roleOf(policies - 1);
    const calls = Array.from({ length: unrememberedSenders }, (_, index) => callOf(senderId(index), role));
    const ask = (n: number) => statefulIsAuthorized(inTurn(calls, n));
    const answer = ask(0);
    insist(answer.type === 'success' && answer.response.decision === 'allow', 'Cedar does not allow.');
    return { batch: synchronous(ask), close: async () => undefined };
  },
});
