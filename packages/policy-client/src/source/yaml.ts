import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ConstitutionProblem } from './problem.js';

export type Parsed<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly value?: never; readonly problems: readonly ConstitutionProblem[] };

type PathStep = string | number;

/** The place of the innermost node that exists on the path: a missing key is reported where it should have been. */
const placeOf = (
  document: Document,
  lines: LineCounter,
  path: readonly PathStep[],
): { line?: number; column?: number } => {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return {};
};

/** Finds the places of nodes in a text that `readYaml` has read; a key that is missing is where it should be. */
export const yamlPlaces = (text: string): ((path: readonly PathStep[]) => { line?: number; column?: number }) => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return (path) => placeOf(document, lines, path);
};

const sentence = (path: readonly PathStep[], message: string): string =>
  path.length === 0 ? `${message}.` : `${path.join('.')}: ${message}.`;

/**
 * Reads one YAML document and checks it against a schema. Errors and warnings of YAML are problems alike; repeated keys
 * are refused, and so are aliases beyond a hundred, which could expand without bound.
 */
export const readYaml = <Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
): Parsed<z.output<Schema>> => {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, strict: true });
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0) {
      return {
        problems: faults.map((fault) => {
          const { line, col } = lines.linePos(fault.pos[0]);
          return { file, line, column: col, message: `${fault.message.split('\n')[0]}.` };
        }),
      };
    }
    const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }));
    if (parsed.success) return { value: parsed.data, problems: [] };
    return {
      problems: parsed.error.issues.map((issue) => {
        const path = issue.path.filter((step) => typeof step !== 'symbol');
        const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
        return { file, ...placeOf(document, lines, [...path, ...key]), message: sentence(path, issue.message) };
      }),
    };
  } catch {
    // Too deep for the parser, or an alias that expands too far.
    return { problems: [{ file, message: 'cannot be read: it is nested or expanded too far.' }] };
  }
};
