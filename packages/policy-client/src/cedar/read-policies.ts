import { sha256 } from '@charterbus/core-models';
import type { Actions, PolicyRecord } from '../engine/policy-engine.js';
import { positionAt } from '../source/position.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';
import { covers, type PolicyScope, readScope } from './action-scope.js';
import { annotationOffset } from './annotation-places.js';
import { policyJsonAnswerSchema, problemAt, type TextPlace } from './cedar-answer.js';
import { type ExpressionReading, readExpressions } from './expression-reading.js';
import type { CedarInstance } from './instance.js';
import { readAnnotations } from './read-annotations.js';
import { type Statement, scanPolicies } from './scan.js';

/** A policy together with its text, as the engine takes it. */
export interface CedarPolicy {
  readonly id: string;
  readonly record: PolicyRecord;
  readonly place: TextPlace;
  readonly scope: PolicyScope;
  readonly reading: ExpressionReading;
}

/** A policy's record, with the facts that it reads of the actions that it is about. */
export const recordOf = ({ record, scope, reading }: CedarPolicy, actions: Actions): PolicyRecord => {
  const names = [...actions.values()]
    .filter((action) => covers(scope, action))
    .flatMap(({ facts }) => [...facts.keys()]);
  const named = new Set(reading.members.filter(({ of }) => of === 'context').map(({ name }) => name));
  const facts = new Set(reading.wholeContext ? names : names.filter((name) => named.has(name)));
  return Object.freeze({ ...record, facts });
};

export interface ReadPolicies {
  readonly policies: readonly CedarPolicy[];
  readonly problems: readonly ConstitutionProblem[];
}

/** More policies than any constitution needs, and few enough to validate in seconds. */
const mostPolicies = 5_000;

const readPolicy = (
  instance: CedarInstance,
  source: SourceText,
  statement: Statement,
): CedarPolicy | ConstitutionProblem => {
  const place: TextPlace = { file: source.path, fileText: source.text, text: statement.text, offset: statement.offset };
  const answer = policyJsonAnswerSchema.parse(instance.policyToJson(statement.text));
  if (answer.type === 'failure') {
    return problemAt(place, answer.errors[0] ?? { message: 'the policy cannot be read' });
  }
  const { effect, annotations = {} } = answer.json;
  const read = readAnnotations(effect, annotations);
  if ('problem' in read) {
    const at = read.at === undefined ? 0 : annotationOffset(statement.text, read.at);
    return { file: source.path, ...positionAt(source.text, statement.offset + at), message: read.problem };
  }
  const { id, texts, ...asked } = read;
  const record = Object.freeze({
    id,
    effect,
    file: source.path,
    line: statement.line,
    annotations: texts,
    ...asked,
    digest: sha256(statement.text),
  });
  const reading = readExpressions(answer.json.conditions.map(({ body }) => body));
  return {
    id,
    record,
    place,
    scope: readScope(answer.json.action, answer.json.principal, answer.json.resource),
    reading,
  };
};

const repeated = (policies: readonly CedarPolicy[]): readonly ConstitutionProblem[] => {
  const first = new Map<string, PolicyRecord>();
  const problems: ConstitutionProblem[] = [];
  for (const { record: policy } of policies) {
    const earlier = first.get(policy.id);
    if (earlier === undefined) first.set(policy.id, policy);
    else {
      const at = `${earlier.file}:${earlier.line}`;
      problems.push({
        file: policy.file,
        line: policy.line,
        message: `@id("${policy.id}") is already the id of the policy at ${at}.`,
      });
    }
  }
  return problems;
};

/** Reads every policy of every file by itself, checks its annotations, and that no id is used twice. */
export const readPolicies = (instance: CedarInstance, sources: readonly SourceText[]): ReadPolicies => {
  const scans = sources.map((source) => ({ source, scan: scanPolicies(source) }));
  const scanProblems = scans.flatMap(({ scan }) => scan.problems);
  // Nothing reaches Cedar unless everything is within bounds.
  if (scanProblems.length > 0) return { policies: [], problems: scanProblems };
  const statements = scans.flatMap(({ source, scan }) => scan.statements.map((statement) => ({ source, statement })));
  if (statements.length === 0)
    return { policies: [], problems: [{ file: 'policies', message: 'has no policy; it would deny everything.' }] };
  if (statements.length > mostPolicies)
    return { policies: [], problems: [{ file: 'policies', message: `has more than ${mostPolicies} policies.` }] };
  const policies: CedarPolicy[] = [];
  const problems: ConstitutionProblem[] = [];
  for (const { source, statement } of statements) {
    const read = readPolicy(instance, source, statement);
    if ('id' in read) policies.push(read);
    else problems.push(read);
  }
  return { policies, problems: [...problems, ...repeated(policies)] };
};
