import type { Obligation } from '@charterbus/core-models';
import { deepFreeze } from '../cache/deep-freeze.js';
import { readObligations } from '../obligations/read-obligations.js';
import type { EngineAnswer } from './policy-engine.js';

/** An answer of which everything was understood. */
export interface ReadAnswer extends EngineAnswer {
  readonly obligations?: readonly Obligation[];
}

/** Frozen throughout. A proxy of one is none, and nobody outside can make one, so that none is read twice. */
class CheckedAnswer implements ReadAnswer {
  readonly decision: EngineAnswer['decision'];
  readonly policies: readonly string[];
  readonly errors: readonly string[];
  declare readonly obligations?: readonly Obligation[];
  readonly #checked = true;

  constructor({ decision, policies, errors, obligations }: ReadAnswer) {
    this.decision = decision;
    this.policies = Object.freeze(policies);
    this.errors = Object.freeze(errors);
    if (obligations !== undefined) this.obligations = deepFreeze(obligations);
    Object.freeze(this);
  }

  static is(value: object): value is CheckedAnswer {
    return #checked in value && value.#checked;
  }
}

/** Longer lists come from no engine that works. */
const longestList = 10_000;
/** `decision`, `policies`, `errors`; besides them at most `obligations`. */
const members = 3;

/** The value of an own data property: nothing inherited, no getter that could answer differently the second time. */
const ownValue = (holder: object, name: PropertyKey): unknown => {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name);
  return descriptor !== undefined && 'value' in descriptor ? descriptor.value : undefined;
};

const readStrings = (value: unknown): readonly string[] | undefined => {
  if (!Array.isArray(value)) return undefined;
  const length = value.length;
  if (length > longestList) return undefined;
  const strings: string[] = [];
  for (let index = 0; index < length; index++) {
    const element = ownValue(value, index);
    if (typeof element !== 'string' || element === '') return undefined;
    strings.push(element);
  }
  return strings;
};

/**
 * A frozen copy of an engine's answer, or `undefined` where it does not have exactly the shape of `EngineAnswer`: a missing,
 * additional, inherited or computed member, another type, an empty text, an obligation that is none. May throw what a
 * hostile proxy throws.
 */
export const readAnswer = (value: unknown): ReadAnswer | undefined => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return CheckedAnswer.is(value) ? value : checked(value);
};

const checked = (value: object): ReadAnswer | undefined => {
  const asks = Object.hasOwn(value, 'obligations');
  if (Reflect.ownKeys(value).length !== (asks ? members + 1 : members)) return undefined;
  const decision = ownValue(value, 'decision');
  if (decision !== 'allow' && decision !== 'deny') return undefined;
  const policies = readStrings(ownValue(value, 'policies'));
  const errors = readStrings(ownValue(value, 'errors'));
  if (policies === undefined || errors === undefined) return undefined;
  if (!asks) return new CheckedAnswer({ decision, policies, errors });
  const obligations = readObligations(ownValue(value, 'obligations'));
  return obligations === undefined ? undefined : new CheckedAnswer({ decision, policies, errors, obligations });
};
