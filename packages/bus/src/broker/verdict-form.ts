import type { Verdict } from '@charterbus/core-models';

/** All fields that a verdict can have: whoever adds one decides here what becomes of it. */
const fields: Readonly<Record<keyof Verdict, 'form' | 'bare' | 'absent'>> = {
  point: 'form',
  effect: 'bare',
  cause: 'bare',
  code: 'absent',
  reasons: 'bare',
  policies: 'form',
  escalations: 'bare',
  approved: 'bare',
  obligations: 'absent',
  obligationsAtSend: 'absent',
  variant: 'absent',
  sources: 'absent',
  facts: 'absent',
  binds: 'form',
  at: 'form',
};
const absent = Object.entries(fields).flatMap(([field, part]) => (part === 'absent' ? [field as keyof Verdict] : []));

const lacksOthers = (verdict: Verdict): boolean => {
  for (const field of absent) if (verdict[field] !== undefined) return false;
  return true;
};

const isSame = (left: readonly string[], right: readonly string[]): boolean =>
  left === right || (left.length === right.length && left.every((one, place) => one === right[place]));

/** Whether the verdict says nothing but that policies allow it: then all but its digest and its moment is often repeated. */
const isBare = (verdict: Verdict): boolean =>
  verdict.effect === 'allow' &&
  verdict.cause === 'policy' &&
  verdict.escalations.length === 0 &&
  verdict.approved.length === 0 &&
  verdict.binds.deliveredDigest === undefined &&
  lacksOthers(verdict) &&
  isSame(verdict.reasons, verdict.policies);

/**
 * A text that two bare verdicts have in common if and only if they differ in nothing but the message's digest and their
 * moment; absent where a verdict says more.
 */
export const bareVerdictKey = (verdict: Verdict): string | undefined => {
  if (!isBare(verdict)) return undefined;
  const { point, policies, binds } = verdict;
  const { constitutionDigest, dataVersion, recipient = '', recipientRevision = '', recipientClass = '' } = binds;
  // Neither ids nor digests hold a line break.
  return `${point}\n${recipient}\n${recipientRevision}${recipientClass}\n${constitutionDigest}\n${dataVersion}\n${policies.join('\n')}`;
};

/** What a bare verdict has in common with others of its form; nothing of its message. */
export type BareParts = Pick<Verdict, 'point' | 'policies'> &
  Omit<Verdict['binds'], 'messageDigest' | 'deliveredDigest'>;

/** The parts of a verdict that is known to be bare. */
export const barePartsOf = ({ point, policies, binds }: Verdict): BareParts => {
  const { constitutionDigest, dataVersion, recipient, recipientRevision } = binds;
  const parts = { point, policies, constitutionDigest, dataVersion };
  return recipient === undefined || recipientRevision === undefined
    ? parts
    : { ...parts, recipient, recipientRevision };
};

/** Whether a verdict is bare and of the same form; the same as two keys that are equal, without making one. */
export const isOfForm = (verdict: Verdict, parts: BareParts): boolean => {
  const { binds } = verdict;
  return (
    isBare(verdict) &&
    verdict.point === parts.point &&
    isSame(verdict.policies, parts.policies) &&
    binds.constitutionDigest === parts.constitutionDigest &&
    binds.dataVersion === parts.dataVersion &&
    binds.recipient === parts.recipient &&
    binds.recipientRevision === parts.recipientRevision
  );
};
