import type { EngineAnswer, PolicyRecord } from '../engine/policy-engine.js';
import { readAnswer } from '../engine/read-answer.js';

/** What one member of a composite said. */
export interface MemberAnswer {
  readonly member: string;
  readonly answer: EngineAnswer;
}

export type MemberPolicies = ReadonlyMap<string, PolicyRecord['effect']>;

const failed = (error: string): EngineAnswer => ({ decision: 'deny', policies: [], errors: [error] });

/**
 * A member's answer if it is one that the wrapper would take from the member alone; otherwise an error. Without this the
 * policies of one member could stand in for those that another one does not name.
 */
export const memberAnswer = (raw: unknown, policies: MemberPolicies): EngineAnswer => {
  let answer: EngineAnswer | undefined;
  try {
    answer = readAnswer(raw);
  } catch {
    return failed('gave an answer that cannot be read');
  }
  if (answer === undefined) return failed('gave an answer of another shape');
  if (answer.errors.length > 0) return answer;
  const unfit = answer.decision === 'allow' ? 'forbid' : 'permit';
  const effects = answer.policies.map((id) => policies.get(id));
  if (effects.some((effect) => effect === undefined || effect === unfit))
    return failed('named a policy that is not its own, or that does not decide so');
  return answer.decision === 'allow' && effects.length === 0 ? failed('allowed without naming a policy') : answer;
};

export const prefixed = (member: string, id: string): string => `${member}.${id}`;

/**
 * Deny beats escalate beats allow: of denying members the denials alone count; where all allow, everything that any of
 * them asks for holds, so that an escalation of one escalates. An error of one is an error.
 */
export const combineAnswers = (given: readonly MemberAnswer[]): EngineAnswer => {
  const errors = given.flatMap(({ member, answer }) => answer.errors.map((error) => `${member}: ${error}`));
  const denials = given.filter(({ answer }) => answer.decision === 'deny');
  const determining = denials.length > 0 ? denials : given;
  const obligations = denials.length > 0 ? [] : given.flatMap(({ answer }) => answer.obligations ?? []);
  return {
    decision: denials.length === 0 && given.length > 0 ? 'allow' : 'deny',
    policies: determining.flatMap(({ member, answer }) => answer.policies.map((id) => prefixed(member, id))),
    errors,
    ...(obligations.length === 0 ? {} : { obligations }),
  };
};
