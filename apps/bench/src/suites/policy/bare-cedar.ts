import { preparsePolicySet, statefulIsAuthorized, type TypeAndId } from '@cedar-policy/cedar-wasm/nodejs';
import { synchronous } from '../../measure/batch.js';
import type { OpenRow, Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { insist } from '../insist.js';
import { policiesOfTenant, roleOf, scopedPolicies, senderId, sendPolicies, unrememberedSenders } from './workload.js';

const policySet = 'bench';

/** The same question as ours, with no more than the policies read. */
const callOf = (sender: string, role: string, parents: readonly TypeAndId[]) => {
  const principal = { type: 'Agent', id: `acme/${sender}` };
  return {
    principal,
    action: { type: 'Action', id: 'send' },
    resource: { type: 'Agent', id: 'acme/worker' },
    context: { messageType: 'query' },
    entities: [{ uid: principal, attrs: { role }, parents: [...parents] }],
    preparsedPolicySetId: policySet,
  };
};

interface Asking {
  readonly policies: readonly string[];
  readonly role: string;
  readonly parents: readonly TypeAndId[];
}

const open = async ({ policies, role, parents }: Asking): Promise<OpenRow> => {
  const staticPolicies = Object.fromEntries(policies.map((text, index) => [`send-${index}`, text]));
  const prepared = preparsePolicySet(policySet, { staticPolicies });
  insist(prepared.type === 'success', 'Cedar does not take the policies.');
  const calls = Array.from({ length: unrememberedSenders }, (_, index) => callOf(senderId(index), role, parents));
  const ask = (n: number) => statefulIsAuthorized(inTurn(calls, n));
  const answer = ask(0);
  insist(answer.type === 'success' && answer.response.decision === 'allow', 'Cedar does not allow.');
  return { batch: synchronous(ask), close: async () => undefined };
};

const leavesOut = 'schema, reading the answer, deadline, facts, verdict';

export const bareCedar = (name: string, policies: number): Row => ({
  name,
  kind: 'limit',
  profile: 'statefulIsAuthorized on prepared policies, the last applies',
  leavesOut,
  open: () => open({ policies: sendPolicies(policies), role: roleOf(policies - 1), parents: [] }),
});

export const bareCedarScoped = (name: string, policies: number): Row => ({
  name,
  kind: 'limit',
  profile: `statefulIsAuthorized on all prepared policies, ${policiesOfTenant} are about the tenant`,
  leavesOut: `${leavesOut}, choosing the policies`,
  open: () =>
    open({
      policies: scopedPolicies(policies),
      role: roleOf(policiesOfTenant - 1),
      parents: [{ type: 'Tenant', id: 'acme' }],
    }),
});
