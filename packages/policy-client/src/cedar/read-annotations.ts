import type { DeliveryObligation } from '@charterbus/core-models';
import type { PolicyRecord } from '../engine/policy-engine.js';
import { didYouMean } from '../facts/manifest/nearest.js';
import { isTooMuch, mergeObligations } from '../obligations/merge-obligations.js';
import { approvalPattern, obligationLimits } from '../obligations/obligation-schema.js';
import { isObligation, obligationNames, readObligation } from './obligation-annotations.js';

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
/** An annotation that nobody here understands may be an obligation; so all others are refused. */
const understood: readonly string[] = ['id', 'escalate', 'description', ...obligationNames];

export type Annotations = Readonly<Record<string, string | null>>;

/** What annotations say of a policy, or what is wrong with one of them. */
export type PolicyAnnotations =
  | (Pick<PolicyRecord, 'id' | 'escalate' | 'obligations'> & { readonly texts: Readonly<Record<string, string>> })
  | {
      readonly problem: string;
      /** The annotation that it is about; absent where one is missing. */
      readonly at?: string;
    };

type Found<T> = T | { readonly problem: string; readonly at?: string };

const readId = ({ id }: Annotations): Found<{ readonly id: string }> => {
  if (typeof id !== 'string')
    return { problem: 'the policy has no @id("…"); every policy needs one, for its verdicts to name it.' };
  return idPattern.test(id)
    ? { id }
    : { problem: '@id must be 1 to 128 letters, digits or . _ : - and begin with a letter or digit.', at: 'id' };
};

const unknownAnnotation = (name: string): string =>
  `@${name} is not an annotation that is understood (${understood.join(', ')}).${didYouMean(name, understood)}`;

const readEscalation = (
  effect: PolicyRecord['effect'],
  annotations: Annotations,
): Found<Pick<PolicyRecord, 'escalate'>> => {
  if (!Object.hasOwn(annotations, 'escalate')) return {};
  if (effect === 'forbid')
    return { problem: '@escalate belongs on a permit; a forbid denies without asking anybody.', at: 'escalate' };
  const name = annotations['escalate'];
  if (typeof name === 'string' && approvalPattern.test(name)) return { escalate: name };
  const problem = '@escalate("…") needs the name of an approval: 1 to 64 lower-case letters, digits or dashes.';
  return { problem, at: 'escalate' };
};

const readObligations = (
  effect: PolicyRecord['effect'],
  annotations: Annotations,
): Found<Pick<PolicyRecord, 'obligations'>> => {
  const asked: DeliveryObligation[] = [];
  for (const [name, text] of Object.entries(annotations)) {
    if (!isObligation(name)) continue;
    if (effect === 'forbid')
      return { problem: `@${name} belongs on a permit; what is forbidden is not delivered.`, at: name };
    const read = readObligation(name, text);
    if (read.problem !== undefined) return { problem: read.problem, at: name };
    asked.push(read.obligation);
  }
  if (asked.length === 0) return {};
  const obligations = Object.freeze(mergeObligations(asked));
  return isTooMuch(obligations)
    ? { problem: `asks for more than ${obligationLimits.bytes} bytes of obligations.` }
    : { obligations };
};

/** Reads what the annotations of one policy say. The first thing that is wrong is told, with its annotation. */
export const readAnnotations = (effect: PolicyRecord['effect'], annotations: Annotations): PolicyAnnotations => {
  const identity = readId(annotations);
  if ('problem' in identity) return identity;
  const unknown = Object.keys(annotations).find((name) => !understood.includes(name) && !isObligation(name));
  if (unknown !== undefined) return { problem: unknownAnnotation(unknown), at: unknown };
  const escalation = readEscalation(effect, annotations);
  if ('problem' in escalation) return escalation;
  const obligations = readObligations(effect, annotations);
  if ('problem' in obligations) return obligations;
  const texts = Object.fromEntries(Object.entries(annotations).map(([name, value]) => [name, value ?? '']));
  return { ...identity, ...escalation, ...obligations, texts: Object.freeze(texts) };
};
