import { EvaluationError } from '@marcbachmann/cel-js';
import type { ActionProgram, FactProgram } from '../compile/action-program.js';
import { FactFault } from '../expressions/fault.js';
import { stepsThrough, stepsToTell } from '../expressions/steps-of.js';
import type { FactValue } from '../fact-value.js';
import type { WantingFacts } from '../gathered-facts.js';
import type { Scope } from './scope.js';
import { toFactValue } from './to-fact-value.js';

/** What became of the facts that were asked for. */
export interface Evaluation {
  readonly values: Record<string, FactValue>;
  /** Facts that wait for the answer of a provider. */
  readonly waiting: string[];
  readonly missing: { readonly name: string; readonly fault: FactFault }[];
}

const isAbsent = (error: unknown): boolean => error instanceof EvaluationError && error.code === 'no_such_key';

const faultOf = (error: unknown): FactFault =>
  error instanceof FactFault ? error : new FactFault('FACT_UNAVAILABLE', 'The expression cannot be evaluated.', error);

const fail = (fact: FactProgram, scope: Scope, error: unknown, evaluation: Evaluation): void => {
  const { name, optional } = fact.declaration;
  if (scope.suspended) {
    evaluation.waiting.push(name);
    return;
  }
  // Absent is only what is not there; of what could not be told nobody knows whether it is.
  if (optional && scope.fault === undefined && isAbsent(error)) return;
  evaluation.missing.push({ name, fault: scope.fault ?? faultOf(error) });
};

const evaluateFact = (fact: FactProgram, scope: Scope, evaluation: Evaluation): void => {
  const { name, type } = fact.declaration;
  scope.fault = undefined;
  scope.suspended = false;
  try {
    const given = fact.evaluate(scope);
    // Read, sorted, written out and hashed.
    scope.spend(4 * stepsThrough(given));
    const value = toFactValue(type, given);
    if (value === undefined) return scope.fail('FACT_INVALID', `The value of ${name} is none that policies can have.`);
    scope.spend(stepsToTell(value));
    evaluation.values[name] = value;
  } catch (error) {
    fail(fact, scope, error, evaluation);
  }
};

/** Evaluates facts as far as that is possible without waiting. */
export const evaluateFacts = (action: ActionProgram, names: Iterable<string>, scope: Scope): Evaluation => {
  const evaluation: Evaluation = { values: {}, waiting: [], missing: [] };
  for (const name of names) {
    const fact = action.facts.get(name);
    if (fact !== undefined) evaluateFact(fact, scope, evaluation);
    else evaluation.missing.push({ name, fault: new FactFault('FACT_UNAVAILABLE', `There is no fact ${name}.`) });
  }
  return evaluation;
};

/** Why the policies cannot be asked; what is invalid outweighs what is only not there. */
export const wantingOf = (missing: Evaluation['missing']): WantingFacts | undefined => {
  const invalid = missing.find(({ fault }) => fault.code === 'FACT_INVALID');
  const worst = invalid ?? missing[0];
  if (worst === undefined) return undefined;
  return { code: worst.fault.code, names: missing.map(({ name }) => name).sort(), cause: worst.fault };
};
