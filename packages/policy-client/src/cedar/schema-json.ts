import { z } from 'zod';
import { errorsSchema } from './cedar-answer.js';

/** A record of attributes in a schema's JSON, or the name of a common type that is one. */
const recordSchema = z.looseObject({
  type: z.string(),
  attributes: z.record(z.string(), z.looseObject({ type: z.string(), required: z.boolean().optional() })).optional(),
});

const actionSchema = z.looseObject({
  memberOf: z.array(z.looseObject({ id: z.string() })).optional(),
  appliesTo: z
    .looseObject({
      principalTypes: z.array(z.string()),
      resourceTypes: z.array(z.string()),
      context: recordSchema.optional(),
    })
    .optional(),
});

const entityTypeSchema = z.looseObject({
  memberOfTypes: z.array(z.string()).optional(),
  shape: recordSchema.optional(),
});

const namespaceSchema = z.looseObject({
  commonTypes: z.record(z.string(), z.looseObject({ type: z.string() })).default({}),
  entityTypes: z.record(z.string(), entityTypeSchema).default({}),
  actions: z.record(z.string(), actionSchema).default({}),
});

/** A schema as Cedar's JSON, as far as it is read; what is not read is kept. */
const schemaJsonSchema = z.record(z.string(), namespaceSchema);
export type SchemaJson = z.output<typeof schemaJsonSchema>;
export type Namespace = z.output<typeof namespaceSchema>;
type Attributes = z.output<typeof recordSchema>['attributes'];
type TypeNode = Readonly<Record<string, unknown>>;

export const schemaToJsonAnswerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('failure'), errors: errorsSchema }),
  z.object({ type: z.literal('success'), json: schemaJsonSchema }),
]);

const emptyNamespace: Namespace = { commonTypes: {}, entityTypes: {}, actions: {} };

/** Where the bus's vocabulary is: the namespace without a name. */
export const plainNamespace = (schema: SchemaJson): Namespace => schema[''] ?? emptyNamespace;

/** Common types name each other no deeper than this in any schema that is agreed to. */
const deepest = 32;

/** What a record itself has, nothing inherited. */
export const own = <T>(holder: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(holder, name) ? holder[name] : undefined;

/** The node that a common type stands for, or the node itself. */
const resolved = (node: TypeNode, { commonTypes }: Namespace, depth = 0): TypeNode => {
  const name = node['type'] === 'EntityOrCommon' ? node['name'] : node['type'];
  const common = typeof name === 'string' ? own(commonTypes, name) : undefined;
  return common === undefined || depth > deepest
    ? node
    : resolved(common, { ...emptyNamespace, commonTypes }, depth + 1);
};

/** One name for each type, however it was written. */
const typeName = (node: TypeNode, namespace: Namespace): string => {
  const { type, name, element } = resolved(node, namespace);
  if (type === 'Set' && typeof element === 'object' && element !== null)
    return `Set<${typeName(element as TypeNode, namespace)}>`;
  const plain = String(type === 'EntityOrCommon' || type === 'Extension' || type === 'Entity' ? name : type);
  return plain === 'Boolean' ? 'Bool' : plain.replace(/^__cedar::/, '');
};

/** An attribute as schemas write it after its name: `?: String`, `: Long`. */
export type AttributeTypes = ReadonlyMap<string, string>;

/** The attributes of a record or of the common type that it names, with type and optionality. */
export const attributesOf = (record: TypeNode | undefined, namespace: Namespace): AttributeTypes => {
  const { attributes = {} } = record === undefined ? {} : (resolved(record, namespace) as { attributes?: Attributes });
  return new Map(
    Object.entries(attributes).map(([name, node]) => [
      name,
      `${node.required === false ? '?' : ''}: ${typeName(node, namespace)}`,
    ]),
  );
};
