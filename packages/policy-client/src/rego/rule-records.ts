import { canonicalJson, type Digest, sha256 } from '@charterbus/core-models';
import type { PolicyRecord } from '../engine/policy-engine.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';
import { type NamedPolicy, namedPolicies } from './named-policies.js';

/** The rule that decides, and the policies that its decisions may name. */
export interface RuleRecords {
  readonly records: readonly PolicyRecord[];
  /** The ids of the named ones. */
  readonly named: ReadonlySet<string>;
  readonly problems: readonly ConstitutionProblem[];
}

export interface DecidingRule {
  /** As in `charterbus/decision`. */
  readonly rule: string;
  readonly rego: readonly SourceText[];
  /** What the decisions rest on besides the sources: the compiled module, or the server and its revision. */
  readonly basis: Readonly<Record<string, string>>;
  /** Where the rule stands if no source shows it. */
  readonly file: string;
}

/** SHA-256 over the sources of Rego, each with its path: what a compiled module is stamped with. */
export const regoDigest = (rego: readonly SourceText[]): Digest =>
  sha256(
    canonicalJson(
      rego.map(({ path, text }) => [path, sha256(text)]).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    ),
  );

/** The first line that begins with the rule's name in a file of its package; comments and indented lines do not count. */
const placeOf = ({ rule, rego, file }: DecidingRule): Pick<PolicyRecord, 'file' | 'line'> => {
  const steps = rule.split('/');
  const name = steps.at(-1) ?? rule;
  const heading = `package ${steps.slice(0, -1).join('.')}`;
  const head = new RegExp(`^(default\\s+)?${name}\\b`);
  for (const { path, text } of rego) {
    const lines = text.split('\n');
    const line = lines.findIndex((one) => head.test(one));
    if (line !== -1 && lines.some((one) => one.trim() === heading)) return { file: path, line: line + 1 };
  }
  return { file, line: 1 };
};

const recordOf = ({ id, effect, file, line, title, escalate }: NamedPolicy, digest: Digest): PolicyRecord => ({
  id,
  effect,
  file,
  line,
  annotations: Object.freeze({ id, ...(title === undefined ? {} : { description: title }) }),
  ...(escalate === undefined ? {} : { escalate }),
  digest,
});

/**
 * Rego is judged as a whole: any rule may reach into any other. So one digest stands for all policies of it, and an
 * approval of one ends when anything of them changes.
 */
export const ruleRecords = (deciding: DecidingRule): RuleRecords => {
  const { policies, problems } = namedPolicies(deciding.rego);
  const { rule } = deciding;
  const clash = policies.find(({ id }) => id === rule);
  const digest = sha256(canonicalJson({ rule, sources: regoDigest(deciding.rego), ...deciding.basis }));
  const entry: NamedPolicy = { id: rule, effect: 'rule', ...placeOf(deciding) };
  const records = [entry, ...policies].map((policy) => Object.freeze(recordOf(policy, digest)));
  const message = 'is the name of the rule that decides.';
  return {
    records: Object.freeze(records),
    named: new Set(policies.map(({ id }) => id)),
    problems: clash === undefined ? problems : [...problems, { file: clash.file, line: clash.line, message }],
  };
};
