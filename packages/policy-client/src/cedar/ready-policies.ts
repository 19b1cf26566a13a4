import type { authorizationCall } from './authorization-call.js';
import { type CedarError, preparseAnswerSchema } from './cedar-answer.js';
import type { CedarInstance } from './instance.js';
import type { CedarPolicy } from './read-policies.js';
import type { SchemaJson } from './schema-json.js';
import { type Slices, setsOf } from './slices.js';
import { staticPolicies } from './static-policies.js';

/** All that an instance needs in order to judge. */
export interface ReadyPolicies {
  readonly policies: readonly CedarPolicy[];
  readonly slices: Slices;
  readonly schema: SchemaJson;
}

/** The name under which the one schema of an instance is kept. */
const schemaName = 'constitution';

/** Makes an instance ready to judge. Throws only where the engine itself fails. */
export const preparse = (instance: CedarInstance, { slices, schema }: ReadyPolicies): readonly CedarError[] => {
  const answers = [
    instance.preparseSchema(schemaName, schema),
    ...[...setsOf(slices)].map(([set, policies]) => instance.preparsePolicySet(set, staticPolicies(policies))),
  ];
  return answers
    .map((answer) => preparseAnswerSchema.parse(answer))
    .flatMap((answer) => (answer.type === 'failure' ? answer.errors : []));
};

/** Asks a prepared instance. The schema goes along, so that a request which it does not allow is refused, not misjudged. */
export const authorize = (instance: CedarInstance, set: string, call: ReturnType<typeof authorizationCall>): unknown =>
  instance.statefulIsAuthorized({
    ...call,
    preparsedPolicySetId: set,
    preparsedSchemaName: schemaName,
    validateRequest: true,
  });
