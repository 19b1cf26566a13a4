import type { Actions } from '../engine/policy-engine.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { ConstitutionSources, SourceText } from '../source/read-sources.js';
import { type CedarError, problemAt } from './cedar-answer.js';
import { generateSchema } from './generate-schema.js';
import type { CedarInstance } from './instance.js';
import { schemaDifferences } from './schema-agreement.js';
import { schemaProblem } from './schema-bounds.js';
import { type SchemaJson, schemaToJsonAnswerSchema } from './schema-json.js';

/** The schema that policies are checked against: the author's, or the one that follows from the manifest. */
export interface PolicySchema {
  readonly source: SourceText;
  readonly written: boolean;
}

export const policySchema = ({ schema }: ConstitutionSources, actions: Actions): PolicySchema =>
  schema === undefined
    ? { source: { path: 'manifest.yaml', text: generateSchema(actions) }, written: false }
    : { source: schema, written: true };

/** Where a schema was not written by anybody, its lines would mislead. */
export const problemInSchema = ({ source, written }: PolicySchema, error: CedarError): ConstitutionProblem =>
  written
    ? problemAt({ file: source.path, fileText: source.text, text: source.text, offset: 0 }, error)
    : { file: source.path, message: `the schema that follows from the facts: ${error.message}.` };

export const schemaBounds = ({ source, written }: PolicySchema): ConstitutionProblem | undefined => {
  const problem = schemaProblem(source);
  return problem === undefined || written
    ? problem
    : { file: source.path, message: `facts: the schema that follows from them ${problem.message}` };
};

export type ReadSchema =
  | { readonly json: SchemaJson; readonly problems: readonly [] }
  | { readonly json?: never; readonly problems: readonly ConstitutionProblem[] };

/** Reads the schema; a written one must say the same as the one that follows from the manifest. */
export const readSchema = (instance: CedarInstance, schema: PolicySchema, actions: Actions): ReadSchema => {
  const answer = schemaToJsonAnswerSchema.parse(instance.schemaToJson(schema.source.text));
  if (answer.type === 'failure') return { problems: answer.errors.map((error) => problemInSchema(schema, error)) };
  if (!schema.written) return { json: answer.json, problems: [] };
  const generated = schemaToJsonAnswerSchema.parse(instance.schemaToJson(generateSchema(actions)));
  if (generated.type === 'failure') throw new TypeError('Cedar does not read the generated schema.');
  const problems = schemaDifferences(schema.source, answer.json, generated.json);
  return problems.length > 0 ? { problems } : { json: answer.json, problems: [] };
};
