import { freezeJson, type JsonValue } from '@charterbus/core-models';
import type { EngineAnswer } from '../engine/policy-engine.js';

/** What obligations may hold: more comes from no policy that works. */
const obligationLimits = { depth: 16, bytes: 256 * 1024 };
const mostNames = 1_000;

/** An answer that denies as an error does. It repeats nothing of what it is about. */
export const noDecision = (error: string): EngineAnswer => ({ decision: 'deny', policies: [], errors: [error] });

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= mostNames && value.every((name) => typeof name === 'string' && name !== '');

const areObligations = (value: unknown): value is readonly JsonValue[] => {
  if (!Array.isArray(value)) return false;
  try {
    freezeJson(value, obligationLimits);
    return true;
  } catch {
    return false;
  }
};

/** What each member may be; only `allow` must be there. */
const shapes: Readonly<Record<string, readonly [(value: unknown) => boolean, string]>> = {
  allow: [(value) => typeof value === 'boolean', 'no allow that is true or false'],
  reason: [(value) => typeof value === 'string', 'a reason that is no text'],
  metadata: [isObject, 'metadata that are no object'],
  policies: [isNames, 'policies that are no list of names'],
  obligations: [areObligations, 'obligations that are no list of plain JSON within bounds'],
};

interface Decision {
  readonly allow: boolean;
  readonly policies?: readonly string[];
  readonly obligations?: readonly JsonValue[];
}

/** What is wrong with an object as a decision. */
const misshapen = (result: Members): string | undefined => {
  for (const name of Object.keys(result)) {
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (shape === undefined) return 'a member that is not understood';
    const [fits, otherwise] = shape;
    if (!fits(result[name])) return otherwise;
  }
  return Object.hasOwn(result, 'allow') ? undefined : 'no allow that is true or false';
};

/** The policies that decided: those that are stated, else the rule; a denial that states none is for want of a permit. */
const deciding = (stated: readonly string[] | undefined, rule: string, named: ReadonlySet<string>) =>
  stated === undefined || (named.size === 0 && stated.length > 0) ? [rule] : stated;

const answerOf = (
  { allow, policies, obligations = [] }: Decision,
  rule: string,
  named: ReadonlySet<string>,
): EngineAnswer => {
  // Of a name that nobody declared nobody knows what it stands for.
  if (named.size > 0 && policies?.some((name) => !named.has(name)) === true)
    return noDecision('The decision names a policy that the constitution does not.');
  if (allow && policies?.length === 0) return noDecision('The decision allows by no policy.');
  return {
    decision: allow ? 'allow' : 'deny',
    policies: deciding(policies, rule, named),
    errors: [],
    ...(obligations.length === 0 ? {} : { obligations }),
  };
};

/**
 * A result of Rego, fresh from `JSON.parse`, as an answer: a boolean, or `{ allow, reason?, metadata?, policies?,
 * obligations? }`; whatever else it is, it denies. The rule stands for itself where the result states no policies.
 *
 * @param named The ids of the policies that the constitution declares; where there are none, the rule stands for all.
 */
export const readDecision = (result: unknown, rule: string, named: ReadonlySet<string>): EngineAnswer => {
  if (typeof result === 'boolean') return { decision: result ? 'allow' : 'deny', policies: [rule], errors: [] };
  if (!isObject(result)) return noDecision('The decision is neither true or false nor an object.');
  const wrong = misshapen(result);
  return wrong === undefined
    ? answerOf(result as unknown as Decision, rule, named)
    : noDecision(`The decision has ${wrong}.`);
};
