import { agentAttributes } from '../../../src/cedar/agent-reads.js';
import { authorizationCall } from '../../../src/cedar/authorization-call.js';
import { generateSchema } from '../../../src/cedar/generate-schema.js';
import { newCedarInstance } from '../../../src/cedar/instance.js';
import { translateAnswer } from '../../../src/cedar/translate-answer.js';
import { contextFields } from '../../../src/engine/context-fields.js';
import type { EngineAnswer, EngineRequest } from '../../../src/index.js';
import { testActions } from '../../../src/testing/index.js';

export const sorted = ({ decision, policies, errors }: EngineAnswer) => ({
  decision,
  policies: policies.toSorted(),
  errors: errors.toSorted(),
});

/** The same policies as one set, asked with the whole context against the whole schema. */
export const wholeSet = (policies: ReadonlyMap<string, string>) => {
  const instance = newCedarInstance();
  instance.preparseSchema('s', generateSchema(testActions));
  const { type } = instance.preparsePolicySet('p', { staticPolicies: Object.fromEntries(policies) }) as {
    type: string;
  };
  if (type !== 'success') throw new TypeError('Cedar does not take the policies.');
  return (request: EngineRequest): EngineAnswer => {
    const everything = {
      reads: { context: new Set(contextFields), facts: new Set(testActions.get(request.action)?.facts.keys()) },
      agents: { attributes: new Set(agentAttributes), ancestors: true, principal: true, resource: true },
    };
    const call = authorizationCall(request, everything);
    const names = { preparsedPolicySetId: 'p', preparsedSchemaName: 's', validateRequest: true };
    return translateAnswer(instance.statefulIsAuthorized({ ...call, ...names }));
  };
};
