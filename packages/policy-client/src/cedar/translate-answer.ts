import type { EngineAnswer } from '../engine/policy-engine.js';

type Plain = Readonly<Record<string, unknown>>;

const asPlain = (value: unknown, what: string): Plain => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`Cedar answered without ${what}.`);
  return value as Plain;
};

const asList = (value: unknown, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw new TypeError(`Cedar answered without ${what}.`);
  return value;
};

const messageOf = (error: unknown): string => {
  const message = asPlain(error, 'an error')['message'];
  return typeof message === 'string' && message !== '' ? message : 'an error without a message';
};

const policyErrorOf = (entry: unknown): string => {
  const { policyId, error } = asPlain(entry, 'a policy error');
  return `${String(policyId)}: ${messageOf(error)}`;
};

/**
 * Cedar's answer in the words of the wrapper. Read strictly, by hand: it runs for every message. Cedar skips a policy
 * that errors, also a forbid, and may then say `allow`; so every error and every warning is passed on, and the wrapper
 * denies for any of them.
 */
export const translateAnswer = (answer: unknown): EngineAnswer => {
  const { type, response, errors, warnings } = asPlain(answer, 'an object');
  if (type === 'failure') {
    const messages = asList(errors, 'errors').map(messageOf);
    return { decision: 'deny', policies: [], errors: messages.length > 0 ? messages : ['a failure without a message'] };
  }
  if (type !== 'success') throw new TypeError('Cedar answered with an unknown type.');
  const { decision, diagnostics } = asPlain(response, 'a response');
  if (decision !== 'allow' && decision !== 'deny') throw new TypeError('Cedar answered without a decision.');
  const { reason, errors: policyErrors } = asPlain(diagnostics, 'diagnostics');
  const policies = asList(reason, 'reasons').map((id) => {
    if (typeof id !== 'string') throw new TypeError('Cedar answered with a reason that is no id.');
    return id;
  });
  return {
    decision,
    policies,
    errors: [
      ...asList(policyErrors, 'policy errors').map(policyErrorOf),
      ...asList(warnings, 'warnings').map(messageOf),
    ],
  };
};
