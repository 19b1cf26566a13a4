import type { ConstitutionProblem } from '../source/problem.js';
import type { ConstitutionSources, SourceText } from '../source/read-sources.js';
import { authorizationCall } from './authorization-call.js';
import {
  authorizationAnswerSchema,
  preparseAnswerSchema,
  problemAt,
  type TextPlace,
  validationAnswerSchema,
} from './cedar-answer.js';
import type { CedarInstance } from './instance.js';
import { probeRequests } from './probes.js';
import { type CedarPolicy, readPolicies } from './read-policies.js';
import { schemaProblem } from './schema-bounds.js';

/** The names under which the one policy set and schema of an instance are kept. */
const name = 'constitution';

export interface Prepared {
  readonly policies: readonly CedarPolicy[];
  readonly problems: readonly ConstitutionProblem[];
}

const schemaPlace = (schema: SourceText): TextPlace => ({
  file: schema.path,
  fileText: schema.text,
  text: schema.text,
  offset: 0,
});

/** The policies under their own ids, so that Cedar's answers name them without a translation. */
const staticPolicies = (policies: readonly CedarPolicy[]) => ({
  staticPolicies: Object.fromEntries(policies.map((policy) => [policy.id, policy.place.text])),
});

const validate = (
  instance: CedarInstance,
  policies: readonly CedarPolicy[],
  schema: SourceText,
): readonly ConstitutionProblem[] => {
  const answer = validationAnswerSchema.parse(
    instance.validate({ schema: schema.text, policies: staticPolicies(policies) }),
  );
  const place = schemaPlace(schema);
  if (answer.type === 'failure') return answer.errors.map((error) => problemAt(place, error));
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  return [
    ...[...answer.validationErrors, ...answer.validationWarnings].map(({ policyId, error }) =>
      problemAt(byId.get(policyId)?.place ?? place, error),
    ),
    ...answer.otherWarnings.map((warning) => problemAt(place, warning)),
  ];
};

/** Makes an instance ready to judge. Throws only where the engine itself fails. */
export const preparse = (
  instance: CedarInstance,
  policies: readonly CedarPolicy[],
  schema: SourceText,
): readonly ConstitutionProblem[] => {
  const place = schemaPlace(schema);
  const answers = [
    instance.preparseSchema(name, schema.text),
    instance.preparsePolicySet(name, staticPolicies(policies)),
  ];
  return answers
    .map((answer) => preparseAnswerSchema.parse(answer))
    .flatMap((answer) => (answer.type === 'failure' ? answer.errors.map((error) => problemAt(place, error)) : []));
};

/** Asks a prepared instance. The schema goes along, so that a request which it does not allow is refused, not misjudged. */
export const authorize = (instance: CedarInstance, call: ReturnType<typeof authorizationCall>): unknown =>
  instance.statefulIsAuthorized({
    ...call,
    preparsedPolicySetId: name,
    preparsedSchemaName: name,
    validateRequest: true,
  });

const probe = (instance: CedarInstance, schema: SourceText): readonly ConstitutionProblem[] => {
  const messages = new Set<string>();
  for (const request of probeRequests) {
    const answer = authorizationAnswerSchema.parse(authorize(instance, authorizationCall(request)));
    if (answer.type === 'failure')
      answer.errors.forEach((error) => messages.add(`at ${request.point}: ${error.message}`));
  }
  return [...messages].map((message) => ({
    file: schema.path,
    message: `does not allow what the bus asks ${message}.`,
  }));
};

const steps = (instance: CedarInstance, sources: ConstitutionSources): Prepared => {
  const read = readPolicies(instance, sources.policies);
  const bounds = schemaProblem(sources.schema);
  const problems = bounds === undefined ? read.problems : [...read.problems, bounds];
  if (problems.length > 0) return { policies: [], problems };
  for (const step of [
    () => validate(instance, read.policies, sources.schema),
    () => preparse(instance, read.policies, sources.schema),
    () => probe(instance, sources.schema),
  ]) {
    const found = step();
    if (found.length > 0) return { policies: [], problems: found };
  }
  return { policies: read.policies, problems: [] };
};

/**
 * Checks and prepares a constitution in an instance that nothing else uses; where it has problems, or traps, the caller
 * drops the instance.
 */
export const prepare = (instance: CedarInstance, sources: ConstitutionSources): Prepared => {
  try {
    return steps(instance, sources);
  } catch {
    return {
      policies: [],
      problems: [{ file: 'policies', message: 'the engine failed while it read the policies and the schema.' }],
    };
  }
};
