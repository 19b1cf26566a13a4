import { positionAt } from '../source/position.js';
import type { ConstitutionProblem } from '../source/problem.js';
import type { SourceText } from '../source/read-sources.js';

/**
 * Bounds on a schema, kept before its text reaches Cedar. Measured with cedar-wasm 4.13: some hundred nested types trap,
 * some thousand entity types in one line of descent overflow the stack, and record types that each name the one before
 * twice double the time to read them, so that thirty of them never end.
 */
const schemaLimits = Object.freeze({
  characters: 256 * 1024,
  brackets: 32,
  /** Uses of the words that declare entity types, actions and common types. */
  declarations: 500,
  /** Words of all declarations together, once the names of common types are replaced by what they stand for. */
  words: 50_000,
});

const tokenPattern = /\/\/[^\n\r]*|"(?:\\[^\n\r]|[^"\\])*"|[([{<]|[)\]}>]|[\p{L}\p{N}_]+|;|\S/gu;

interface Token {
  readonly text: string;
  readonly offset: number;
}

const tokensOf = (text: string): readonly Token[] =>
  [...text.matchAll(tokenPattern)]
    .map((match) => ({ text: match[0], offset: match.index }))
    .filter((token) => !token.text.startsWith('//'));

const nestingProblem = ({ path, text }: SourceText, tokens: readonly Token[]): ConstitutionProblem | undefined => {
  let depth = 0;
  for (const token of tokens) {
    if ('([{<'.includes(token.text)) depth += 1;
    else if (')]}>'.includes(token.text)) depth -= 1;
    if (depth > schemaLimits.brackets) {
      const message = `more than ${schemaLimits.brackets} brackets inside each other.`;
      return { file: path, ...positionAt(text, token.offset), message };
    }
  }
  return undefined;
};

/** The words of each `type Name = … ;`, by name; types of one name in two namespaces count together. */
const commonTypes = (tokens: readonly Token[]): ReadonlyMap<string, readonly string[]> => {
  const types = new Map<string, string[]>();
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]?.text !== 'type' || tokens[at + 2]?.text !== '=') continue;
    const name = tokens[at + 1]?.text ?? '';
    const words = types.get(name) ?? [];
    types.set(name, words);
    const end = tokens.findIndex((token, index) => index > at && token.text === ';');
    const body = tokens.slice(at + 3, end === -1 ? tokens.length : end);
    words.push(...body.map((token) => token.text));
  }
  return types;
};

/** How many words a text is once common types are written out; each type is worked out once, however often it is named. */
const expandedWords = (words: readonly string[], types: ReadonlyMap<string, readonly string[]>): number => {
  const known = new Map<string, number>();
  const sum = (parts: readonly string[]): number => parts.reduce((total, part) => total + 1 + named(part), 0);
  const named = (name: string): number => {
    const body = types.get(name);
    if (body === undefined) return 0;
    const before = known.get(name);
    if (before !== undefined) return before;
    // A circle is an error that Cedar finds quickly; here it counts nothing.
    known.set(name, 0);
    const total = sum(body);
    known.set(name, total);
    return total;
  };
  return sum(words);
};

/** What is wrong with a schema before Cedar may read it. */
export const schemaProblem = (schema: SourceText): ConstitutionProblem | undefined => {
  const { path: file, text } = schema;
  if (text.length > schemaLimits.characters)
    return { file, message: `is longer than ${schemaLimits.characters} characters.` };
  const tokens = tokensOf(text);
  const nesting = nestingProblem(schema, tokens);
  if (nesting !== undefined) return nesting;
  const declarations = tokens.filter((token) => ['entity', 'action', 'type'].includes(token.text)).length;
  if (declarations > schemaLimits.declarations) {
    return { file, message: `has more than ${schemaLimits.declarations} declarations.` };
  }
  const words = tokens.map((token) => token.text);
  return expandedWords(words, commonTypes(tokens)) > schemaLimits.words
    ? { file, message: `is longer than ${schemaLimits.words} words once common types are written out.` }
    : undefined;
};
