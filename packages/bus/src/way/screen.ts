import { type Agent, type Envelope, rfc3339, type Verdict } from '@charterbus/core-models';
import type { JudgingContext } from '../context.js';
import { type Eventual, whenKnown } from '../eventual.js';

/** A verdict for what was decided without asking the policies. */
export const verdictWithoutPolicies = (
  envelope: Envelope,
  denial: Pick<Verdict, 'point' | 'cause' | 'reasons'> & { readonly code: NonNullable<Verdict['code']> },
  { constitution, clock }: JudgingContext,
): Verdict => ({
  point: denial.point,
  effect: 'deny',
  cause: denial.cause,
  code: denial.code,
  reasons: denial.reasons,
  policies: [],
  escalations: [],
  approved: [],
  binds: {
    messageDigest: envelope.digest,
    constitutionDigest: constitution.hash,
    dataVersion: constitution.dataVersion,
  },
  at: rfc3339(clock.now()),
});

/** Asks the validators. A rejection is a denial like any other: it is committed and has a leaf. */
export const screen = (
  envelope: Envelope,
  sender: Agent,
  context: JudgingContext,
  signal: AbortSignal,
): Eventual<Verdict | undefined> => {
  const { constitution, clock, lease } = context;
  const now = clock.now();
  const { grace } = lease;
  const attestation = {
    shortHash: constitution.shortHash,
    // Agents that have not heard of the activation yet: they are judged under what is in force all the same.
    ...(grace === undefined || now >= grace.until ? {} : { previous: grace.shortHash }),
    required: constitution.manifest.attestation === 'required',
  };
  return whenKnown(context.screen(envelope.message, { now, sender, attestation }, signal), ({ rejection }) => {
    if (rejection === undefined) return undefined;
    const { code } = rejection;
    return verdictWithoutPolicies(envelope, { point: 'send', cause: 'screen', code, reasons: [code] }, context);
  });
};
