import { loadConstitution } from '@charterbus/policy-client';
import { compileRego } from '@charterbus/tooling/testing';
import { loadPolicy } from '@open-policy-agent/opa-wasm';
import { synchronous } from '../../measure/batch.js';
import type { Row } from '../../suite.js';
import { inTurn } from '../in-turn.js';
import { insist } from '../insist.js';
import { openJudging } from './judging.js';
import { inputOf, manifestOf, regoPolicies, rule } from './rego-workload.js';
import { requests, roleOf, unrememberedSenders } from './workload.js';

export const judgeByWasm = (name: string, policies: number): Row => ({
  name,
  kind: 'ours',
  profile: 'the last policy applies, facts gathered, no answer still remembered, decision checked, verdict made',
  open: async () => {
    const text = regoPolicies(policies);
    const constitution = await loadConstitution([
      manifestOf('opa-wasm'),
      { path: 'policies/send.rego', bytes: Buffer.from(text) },
      { path: 'policy.wasm', bytes: compileRego([text], [rule]) },
    ]);
    return openJudging(constitution, requests(unrememberedSenders, roleOf(policies - 1)));
  },
});

export const bareWasm = (name: string, policies: number): Row => ({
  name,
  kind: 'limit',
  profile: 'evaluate on an input that is there, the last policy applies',
  leavesOut: 'projecting the request, checking the decision, deadline, facts, verdict',
  open: async () => {
    const policy = await loadPolicy(Uint8Array.from(compileRego([regoPolicies(policies)], [rule])));
    policy.setData({});
    const inputs = requests(unrememberedSenders, roleOf(policies - 1)).map(inputOf);
    const ask = (n: number): unknown => policy.evaluate(inTurn(inputs, n), rule);
    insist(JSON.stringify(ask(0)).includes('"allow":true'), 'The compiled policy does not allow.');
    return { batch: synchronous(ask), close: async () => undefined };
  },
});
