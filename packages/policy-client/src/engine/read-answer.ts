import type { EngineAnswer } from './policy-engine.js';

/** Longer lists come from no engine that works. */
const longestList = 10_000;
const memberNames = ['decision', 'policies', 'errors'] as const;

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
 * A copy of an engine's answer, or `undefined` where it does not have exactly the shape of `EngineAnswer`: a missing,
 * additional, inherited or computed member, another type, an empty text. May throw what a hostile proxy throws.
 */
export const readAnswer = (value: unknown): EngineAnswer | undefined => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (Reflect.ownKeys(value).length !== memberNames.length) return undefined;
  const decision = ownValue(value, 'decision');
  if (decision !== 'allow' && decision !== 'deny') return undefined;
  const policies = readStrings(ownValue(value, 'policies'));
  const errors = readStrings(ownValue(value, 'errors'));
  return policies === undefined || errors === undefined ? undefined : { decision, policies, errors };
};
