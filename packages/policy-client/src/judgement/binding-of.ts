import { agentKey, type Binding } from '@charterbus/core-models';
import type { JudgementRequest } from './judgement-request.js';

/** What a verdict on the request is about, under a constitution and its data. */
export const bindingOf = (
  { messageDigest, recipient }: JudgementRequest,
  { constitutionDigest, dataVersion }: Pick<Binding, 'constitutionDigest' | 'dataVersion'>,
): Binding => {
  if (recipient === undefined) return { messageDigest, constitutionDigest, dataVersion };
  const { tenant, id: agent, revision: recipientRevision } = recipient;
  return { messageDigest, recipient: agentKey({ tenant, agent }), recipientRevision, constitutionDigest, dataVersion };
};
