import {
  type Agent,
  type Envelope,
  type Message,
  rfc3339,
  type SignatureRule,
  signatureRule,
  type Verdict,
} from '@charterbus/core-models';
import type { Constitution } from '@charterbus/policy-client';
import type { ScreenOutcome, ValidationContext } from '@charterbus/validators';
import type { JudgingContext } from '../context.js';
import type { Eventual } from '../eventual.js';

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
  const { message } = envelope;
  const outcome = context.screen(message, validationContext(message, sender, context), signal);
  if (outcome instanceof Promise) return outcome.then(({ rejection }) => denialBy(rejection, envelope, context));
  return denialBy(outcome.rejection, envelope, context);
};

const demanded = Object.freeze({ required: true });

/** Of each constitution, which messages must be signed. */
const signatureRules = new WeakMap<Constitution, SignatureRule>();

const ruleOf = (constitution: Constitution): SignatureRule => {
  const known = signatureRules.get(constitution);
  if (known !== undefined) return known;
  const rule = signatureRule(constitution.manifest.signatures);
  signatureRules.set(constitution, rule);
  return rule;
};

/** What validators and content screens may know beside the message. */
export const validationContext = (message: Message, sender: Agent, context: JudgingContext): ValidationContext => {
  const now = context.clock.now();
  const attestation = attestationAt(now, context);
  // Most constitutions demand none, and most messages pay for no more than the question.
  if (!ruleOf(context.constitution)(message)) return { now, sender, attestation };
  return { now, sender, attestation, signatures: demanded };
};

type Attestation = ValidationContext['attestation'];

/** Of each constitution that which lasts, once the grace of the one before is over. */
const lasting = new WeakMap<Constitution, Attestation>();

const attestationAt = (now: number, { constitution, lease: { grace } }: JudgingContext): Attestation => {
  // Agents that have not heard of the activation yet: they are judged under what is in force all the same.
  const previous = grace === undefined || now >= grace.until ? undefined : grace.shortHash;
  const known = previous === undefined ? lasting.get(constitution) : undefined;
  if (known !== undefined) return known;
  const { shortHash, manifest } = constitution;
  const required = manifest.attestation === 'required';
  if (previous !== undefined) return { shortHash, previous, required };
  const attestation = Object.freeze({ shortHash, required });
  lasting.set(constitution, attestation);
  return attestation;
};

const denialBy = (
  rejection: ScreenOutcome['rejection'],
  envelope: Envelope,
  context: JudgingContext,
): Verdict | undefined => {
  if (rejection === undefined) return undefined;
  const { code } = rejection;
  return verdictWithoutPolicies(envelope, { point: 'send', cause: 'screen', code, reasons: [code] }, context);
};
