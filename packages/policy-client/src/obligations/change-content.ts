import { type FieldObligation, freezeJson, type JsonValue } from '@charterbus/core-models';
import { pointerTokens } from './json-pointer.js';
import { obligationLimits } from './obligation-schema.js';

/** Obligations by the tokens of their paths. */
interface Branch {
  obligation?: FieldObligation;
  readonly below: Map<string, Branch>;
}

const branchOf = (obligations: readonly FieldObligation[]): Branch => {
  const root: Branch = { below: new Map() };
  for (const obligation of obligations) {
    const tokens = pointerTokens(obligation.path);
    if (tokens === undefined) throw new TypeError('The path of an obligation is no pointer to a field.');
    let branch = root;
    for (const token of tokens) {
      const next = branch.below.get(token) ?? { below: new Map() };
      branch.below.set(token, next);
      branch = next;
    }
    branch.obligation = obligation;
  }
  return root;
};

const masked = (value: JsonValue, keep: number): JsonValue => {
  if (typeof value !== 'string') return null;
  // By code point: half of one would be no text any more.
  const characters = Array.from(value);
  const hidden = characters.length > keep ? characters.length - keep : characters.length;
  return '*'.repeat(hidden) + characters.slice(hidden).join('');
};

const { valueBytes: bytes, valueDepth: depth } = obligationLimits;

/** What stands in place of a value; `undefined` where it goes. */
const underObligation = (value: JsonValue, obligation: FieldObligation): JsonValue | undefined => {
  switch (obligation.kind) {
    case 'remove':
      return undefined;
    case 'replace':
      // A copy: no two messages share what somebody might write to.
      return freezeJson(obligation.value, { bytes, depth });
    case 'mask':
      return masked(value, obligation.keep);
  }
};

const isList = (value: object): value is readonly JsonValue[] => Array.isArray(value);

const changed = (value: JsonValue, branch: Branch): JsonValue | undefined => {
  if (branch.obligation !== undefined) return underObligation(value, branch.obligation);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) {
    // A list keeps its length, so that a place means the same before and after.
    return Object.freeze(value.map((item, index) => changedMember(item, branch.below.get(String(index))) ?? null));
  }
  const members = Object.entries(value).flatMap(([key, member]) => {
    const next = changedMember(member, branch.below.get(key));
    return next === undefined ? [] : [[key, next] as const];
  });
  return Object.freeze(Object.fromEntries(members));
};

/** What no path leads to stays the very same value. */
const changedMember = (value: JsonValue, branch: Branch | undefined): JsonValue | undefined =>
  branch === undefined ? value : changed(value, branch);

/** The content with its fields changed, deep-frozen as it came. What no path leads to is shared, not copied. */
export const changeContent = (content: JsonValue, obligations: readonly FieldObligation[]): JsonValue =>
  obligations.length === 0 ? content : (changed(content, branchOf(obligations)) ?? null);
