import { contextFields } from '../engine/context-fields.js';
import type { Actions } from '../engine/policy-engine.js';
import { positionAt } from '../source/position.js';
import type { ConstitutionProblem } from '../source/problem.js';
import { covers } from './action-scope.js';
import type { CedarPolicy } from './read-policies.js';

const agentAttributes: ReadonlySet<string> = new Set(['tenant', 'id', 'role', 'capabilities']);

/** The first place of a word in a policy; else where the policy begins. */
const problemAtWord = (policy: CedarPolicy, word: string, message: string): ConstitutionProblem => {
  const { file, fileText, text, offset } = policy.place;
  const found = /^[A-Za-z0-9_]+$/.test(word) ? text.search(new RegExp(`(?<![A-Za-z0-9_])${word}(?![A-Za-z0-9_])`)) : -1;
  return { file, ...positionAt(fileText, offset + Math.max(found, 0)), message };
};

/**
 * Names that exist nowhere. Cedar refuses most of them, but `has` of a misspelt name, and whatever stands behind a part
 * that can never be true, is fine with it: `unless { context has insurd }` would forbid everything, and
 * `when { … && !(context has waiver) }` everything with a waiver as well.
 */
const unknownNames = (policy: CedarPolicy, actions: Actions): readonly ConstitutionProblem[] => {
  const covered = [...actions.values()].filter((action) => covers(policy.scope, action));
  const attributes = new Set<string>([...contextFields, ...covered.flatMap(({ facts }) => [...facts.keys()])]);
  const messages = new Map<string, string>();
  for (const { of, name } of policy.reading.members) {
    if ((of === 'context' ? attributes : agentAttributes).has(name)) continue;
    const what =
      of === 'context'
        ? 'field of the context and no fact of an action that the policy is about'
        : 'attribute of an agent';
    messages.set(`${name} is no ${what}.`, name);
  }
  return [...messages].map(([message, name]) => problemAtWord(policy, name, message));
};

/** What a policy is that does more than let pass, in the words of a problem. */
const strictnessOf = ({ effect, escalate, obligations }: CedarPolicy['record']): string | undefined => {
  if (effect === 'forbid') return 'forbid';
  if (escalate !== undefined) return 'permit with @escalate';
  return obligations === undefined ? undefined : 'permit with obligations';
};

/**
 * A rule that stands in the way of messages, or changes them, and names `Action::"send"` by equality does not do so to
 * calls, which are actions of their own in the group `send`.
 */
const missesCalls = ({ scope, reading, record }: CedarPolicy): boolean =>
  strictnessOf(record) !== undefined &&
  ((scope.operator === '==' && scope.actions.includes('send')) || reading.actionsOutsideIn.has('send'));

const equalityProblem = (policy: CedarPolicy): ConstitutionProblem =>
  problemAtWord(
    policy,
    'send',
    `a ${strictnessOf(policy.record) ?? 'policy'} that names Action::"send" by equality does not apply to calls of tools; write \`action in Action::"send"\`.`,
  );

/** What Cedar accepts and no author means. */
export const policyProblems = (policies: readonly CedarPolicy[], actions: Actions): readonly ConstitutionProblem[] => {
  const tools = [...actions.values()].some(({ tool }) => tool);
  return policies.flatMap((policy) => [
    ...unknownNames(policy, actions),
    ...(tools && missesCalls(policy) ? [equalityProblem(policy)] : []),
  ]);
};
