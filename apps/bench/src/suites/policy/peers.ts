import { defineAbility, subject } from '@casl/ability';
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import { synchronous } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { insist } from '../insist.js';
import { roleOf } from './workload.js';

const leavesOut = 'a schema for policies and requests, reasons, binding to the message, failing closed';

const casbinModel = `
[request_definition]
r = type, role
[policy_definition]
p = type, role
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.type == p.type && r.role == p.role
`;

export const casbin = (name: string, policies: number): Row => ({
  name,
  kind: 'peer',
  profile: 'enforceSync, two attributes compared, the last policy applies',
  leavesOut,
  open: async () => {
    const lines = Array.from({ length: policies }, (_, index) => `p, query, ${roleOf(index)}`);
    const enforcer = await newEnforcer(newModelFromString(casbinModel), new StringAdapter(lines.join('\n')));
    const role = roleOf(policies - 1);
    const ask = (): boolean => enforcer.enforceSync('query', role);
    insist(ask(), 'casbin does not allow.');
    return { batch: synchronous(ask), close: async () => undefined };
  },
});

export const casl = (name: string, policies: number): Row => ({
  name,
  kind: 'peer',
  profile: 'can, two attributes compared, the rule that it looks at last applies',
  leavesOut,
  open: async () => {
    // The latest rule is looked at first.
    const ability = defineAbility((can) => {
      for (let index = policies - 1; index >= 0; index--)
        can('send', 'Message', { type: 'query', role: roleOf(index) });
    });
    const role = roleOf(policies - 1);
    const ask = (): boolean => ability.can('send', subject('Message', { type: 'query', role }));
    insist(ask(), 'CASL does not allow.');
    return { batch: synchronous(ask), close: async () => undefined };
  },
});
