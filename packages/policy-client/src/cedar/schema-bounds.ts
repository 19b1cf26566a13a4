import { positionAt } from '../source/position.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';
import { problemAt, schemaJsonAnswerSchema } from './cedar-answer.js';
import type { CedarInstance } from './instance.js';

/**
 * Bounds on a schema. Measured with cedar-wasm 4.13: some hundred nested types trap, some thousand entity types in one
 * line of descent overflow the stack, and 25 record types that each name the one before twice take seconds to resolve.
 */
export const schemaLimits = Object.freeze({
  characters: 256 * 1024,
  brackets: 32,
  /** Entity types, actions and common types. */
  declarations: 500,
  /** Members of all types together, once the names of common types are replaced by what they stand for. */
  members: 20_000,
});

const tokenPattern = /\/\/[^\n\r]*|"(?:\\[^\n\r]|[^"\\])*"|[([{<]|[)\]}>]|[^"([{<)\]}>/]+|[/"]/gu;

const nestingProblem = ({ path, text }: SourceText): ConstitutionProblem | undefined => {
  if (text.length > schemaLimits.characters)
    return { file: path, message: `is longer than ${schemaLimits.characters} characters.` };
  let depth = 0;
  for (const match of text.matchAll(tokenPattern)) {
    if ('([{<'.includes(match[0])) depth += 1;
    else if (')]}>'.includes(match[0])) depth -= 1;
    if (depth > schemaLimits.brackets) {
      return {
        file: path,
        ...positionAt(text, match.index),
        message: `more than ${schemaLimits.brackets} brackets inside each other.`,
      };
    }
  }
  return undefined;
};

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Counts what types stand for, each common type once, however often it is named. */
class Expansion {
  readonly #types: ReadonlyMap<string, unknown>;
  readonly #known = new Map<string, number>();
  readonly #open = new Set<string>();

  constructor(types: ReadonlyMap<string, unknown>) {
    this.#types = types;
  }

  membersOf(type: unknown): number {
    if (Array.isArray(type)) return type.reduce<number>((sum, part) => sum + this.membersOf(part), 0);
    if (!isPlain(type)) return 1;
    const named = [type['type'], type['name']].filter((name): name is string => typeof name === 'string');
    const referred = named.reduce((sum, name) => sum + this.#named(name), 0);
    return Object.values(type).reduce<number>((sum, part) => sum + this.membersOf(part), referred);
  }

  #named(name: string): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // A cycle is an error that Cedar itself finds quickly.
    if (!this.#types.has(name) || this.#open.has(name)) return 0;
    this.#open.add(name);
    const members = this.membersOf(this.#types.get(name));
    this.#open.delete(name);
    this.#known.set(name, members);
    return members;
  }
}

const expansionProblem = (
  file: string,
  namespaces: Readonly<Record<string, unknown>>,
): ConstitutionProblem | undefined => {
  const types = new Map<string, unknown>();
  let declarations = 0;
  for (const [prefix, namespace] of Object.entries(namespaces)) {
    if (!isPlain(namespace)) continue;
    for (const kind of ['commonTypes', 'entityTypes', 'actions']) {
      declarations += Object.keys(isPlain(namespace[kind]) ? namespace[kind] : {}).length;
    }
    for (const [name, type] of Object.entries(isPlain(namespace['commonTypes']) ? namespace['commonTypes'] : {})) {
      types.set(name, type);
      if (prefix !== '') types.set(`${prefix}::${name}`, type);
    }
  }
  if (declarations > schemaLimits.declarations)
    return { file, message: `declares more than ${schemaLimits.declarations} types and actions.` };
  return new Expansion(types).membersOf(namespaces) > schemaLimits.members
    ? { file, message: `has types of more than ${schemaLimits.members} members once common types are written out.` }
    : undefined;
};

/** What is wrong with a schema before policies are checked against it. */
export const schemaProblems = (instance: CedarInstance, schema: SourceText): readonly ConstitutionProblem[] => {
  const nesting = nestingProblem(schema);
  if (nesting !== undefined) return [nesting];
  const answer = schemaJsonAnswerSchema.parse(instance.schemaToJson(schema.text));
  const place = { file: schema.path, fileText: schema.text, text: schema.text, offset: 0 };
  if (answer.type === 'failure') return answer.errors.map((error) => problemAt(place, error));
  const expansion = expansionProblem(schema.path, answer.json);
  return [
    ...answer.warnings.map((warning) => problemAt(place, warning)),
    ...(expansion === undefined ? [] : [expansion]),
  ];
};
