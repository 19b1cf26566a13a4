import type { Verdict } from '@charterbus/core-models';

/** Whether the verdict is about somebody of another tenant. */
const isAboutForeigner = ({ binds }: Verdict, tenant: string): boolean =>
  binds.recipient !== undefined && !binds.recipient.startsWith(`${tenant}/`);

/**
 * A verdict as those may see it who take part in a message: which facts were read, not their values, since those may be
 * of other people's data, nor the digest of all of them, which would tell whether a guess is right. Operators see both.
 */
const withoutFactValues = (verdict: Verdict): Verdict => {
  if (verdict.facts === undefined) return verdict;
  const { digest: _, ...facts } = verdict.facts;
  const read = facts.read.map(({ name }) => ({ name, redacted: true }) as const);
  return { ...verdict, facts: { ...facts, read } };
};

/**
 * A verdict as its recipient may see it: about the bytes that it got. The digest of those that were sent would tell
 * whether a guess at what was removed is right.
 */
export const recipientVerdict = (verdict: Verdict): Verdict => {
  const { deliveredDigest } = verdict.binds;
  const seen = withoutFactValues(verdict);
  return deliveredDigest === undefined ? seen : { ...seen, binds: { ...seen.binds, messageDigest: deliveredDigest } };
};

/**
 * A verdict as its sender may see it. What another tenant's boundary denied looks exactly like an address where nobody
 * is: reasons, policies and recipient would tell which agents and tenants exist.
 */
export const publicVerdict = (verdict: Verdict, senderTenant: string, addressedTenant: string): Verdict => {
  if (verdict.effect !== 'deny') return withoutFactValues(verdict);
  const foreign = addressedTenant !== senderTenant || isAboutForeigner(verdict, senderTenant);
  const tells =
    verdict.cause === 'screen' || verdict.cause === 'halt' || verdict.cause === 'quota' || verdict.cause === 'hold';
  if (tells || (!foreign && verdict.cause !== 'routing')) return withoutFactValues(verdict);
  const { messageDigest, constitutionDigest, dataVersion } = verdict.binds;
  return {
    point: 'send',
    effect: 'deny',
    cause: 'routing',
    code: 'RECIPIENT_UNREACHABLE',
    reasons: ['RECIPIENT_UNREACHABLE'],
    policies: [],
    escalations: [],
    approved: [],
    binds: { messageDigest, constitutionDigest, dataVersion },
    at: verdict.at,
  };
};
