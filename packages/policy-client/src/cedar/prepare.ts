import type { Actions } from '../engine/policy-engine.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { ConstitutionSources } from '../source/read-sources.js';
import { agentReads } from './agent-reads.js';
import { authorizationCall } from './authorization-call.js';
import { authorizationAnswerSchema, type CedarError, problemAt, validationAnswerSchema } from './cedar-answer.js';
import type { CedarInstance } from './instance.js';
import { policyProblems } from './policy-checks.js';
import { probeRequests } from './probes.js';
import { type CedarPolicy, readPolicies } from './read-policies.js';
import { authorize, preparse, type ReadyPolicies } from './ready-policies.js';
import { runtimeSchema } from './runtime-schema.js';
import { type PolicySchema, policySchema, problemInSchema, readSchema, schemaBounds } from './schemas.js';
import { sizeProblem, slicesOf } from './slices.js';
import { staticPolicies } from './static-policies.js';

export type Prepared =
  | { readonly ready: ReadyPolicies; readonly problems: readonly [] }
  | { readonly ready?: never; readonly problems: readonly ConstitutionProblem[] };

type Steps = readonly (() => readonly ConstitutionProblem[])[];

/** The problems of the first step that has some: what comes after it would report their consequences. */
const firstProblems = (steps: Steps): readonly ConstitutionProblem[] => {
  for (const step of steps) {
    const problems = step();
    if (problems.length > 0) return problems;
  }
  return [];
};

const validate = (
  instance: CedarInstance,
  policies: readonly CedarPolicy[],
  schema: PolicySchema,
): readonly ConstitutionProblem[] => {
  const answer = validationAnswerSchema.parse(
    instance.validate({ schema: schema.source.text, policies: staticPolicies(policies) }),
  );
  const inSchema = (error: CedarError) => problemInSchema(schema, error);
  if (answer.type === 'failure') return answer.errors.map(inSchema);
  const byId = new Map(policies.map((policy) => [policy.id, policy]));
  return [
    ...[...answer.validationErrors, ...answer.validationWarnings].map(({ policyId, error }) => {
      const place = byId.get(policyId)?.place;
      return place === undefined ? inSchema(error) : problemAt(place, error);
    }),
    ...answer.otherWarnings.map(inSchema),
  ];
};

/** Whether the policies mean the same to Cedar where the context holds only what they were found to read. */
const validateNarrowed = (instance: CedarInstance, ready: ReadyPolicies): readonly ConstitutionProblem[] => {
  const call = { schema: ready.schema, policies: staticPolicies(ready.policies) };
  const answer = validationAnswerSchema.parse(instance.validate(call));
  const problems =
    answer.type === 'failure' ? answer.errors : [...answer.validationErrors, ...answer.validationWarnings];
  return problems.length === 0
    ? []
    : [
        {
          file: 'policies',
          message: 'what they read of the context or of agents cannot be told; name attributes plainly.',
        },
      ];
};

const probe = (
  instance: CedarInstance,
  ready: ReadyPolicies,
  file: string,
  actions: Actions,
): readonly ConstitutionProblem[] => {
  const messages = new Set<string>();
  for (const request of probeRequests(actions)) {
    const slice = ready.slices.get(request.action);
    if (slice === undefined) throw new TypeError('Every action has a slice.');
    const call = authorizationCall(request, slice);
    const answer = authorizationAnswerSchema.parse(authorize(instance, slice.set, call));
    if (answer.type === 'failure')
      answer.errors.forEach((error) => messages.add(`at ${request.action}: ${error.message}`));
  }
  return [...messages].map((message) => ({ file, message: `does not allow what the bus asks ${message}.` }));
};

const narrowed = (
  instance: CedarInstance,
  ready: ReadyPolicies,
  schema: PolicySchema,
  actions: Actions,
): readonly ConstitutionProblem[] => {
  const size = sizeProblem(ready.slices);
  return firstProblems([
    () => (size === undefined ? [] : [size]),
    () => validateNarrowed(instance, ready),
    () => preparse(instance, ready).map((error) => problemInSchema(schema, error)),
    () => probe(instance, ready, schema.source.path, actions),
  ]);
};

const steps = (instance: CedarInstance, sources: ConstitutionSources, actions: Actions): Prepared => {
  const { policies, problems: found } = readPolicies(instance, sources.policies);
  const schema = policySchema(sources, actions);
  const bounds = schemaBounds(schema);
  const unread = bounds === undefined ? found : [...found, bounds];
  if (unread.length > 0) return { problems: unread };
  const { json, problems: different } = readSchema(instance, schema, actions);
  if (json === undefined) return { problems: different };
  const wrong = firstProblems([() => validate(instance, policies, schema), () => policyProblems(policies, actions)]);
  if (wrong.length > 0) return { problems: wrong };
  const slices = slicesOf(policies, actions);
  const ready = { policies, slices, schema: runtimeSchema(json, actions, slices, agentReads(policies)) };
  const problems = narrowed(instance, ready, schema, actions);
  return problems.length > 0 ? { problems } : { ready, problems: [] };
};

/**
 * Checks and prepares a constitution in an instance that nothing else uses; where it has problems, or traps, the caller
 * drops the instance.
 */
export const prepare = (instance: CedarInstance, sources: ConstitutionSources, actions: Actions): Prepared => {
  try {
    return steps(instance, sources, actions);
  } catch {
    return {
      problems: [{ file: 'policies', message: 'the engine failed while it read the policies and the schema.' }],
    };
  }
};
