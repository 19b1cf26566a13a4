import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { ConstitutionProblem } from './problem.js';

export type Parsed<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly value?: never; readonly problems: readonly ConstitutionProblem[] };

type PathStep = string | number;

/** What is at a path, or its key where there is no value. */
const nodeAt = (document: Document, path: readonly PathStep[]): unknown => {
  if (path.length === 0) return document.contents;
  const node = document.getIn(path, true);
  if (isNode(node) && node.range) return node;
  const holder = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(holder)) return undefined;
  return holder.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))?.key;
};

/** The place of the innermost node that exists on the path: a missing key is reported where it should have been. */
const placeOf = (
  document: Document,
  lines: LineCounter,
  path: readonly PathStep[],
): { line?: number; column?: number } => {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
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

/** What a fault of YAML most likely comes from, where its own words do not tell. */
const yamlHints: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: ' A text with a colon and a space in it needs quotes around it; or a line is indented too far',
};

const yamlSentence = ({ code, message }: { readonly code: string; readonly message: string }): string => {
  const [first = ''] = message.split('\n');
  const hint = yamlHints[code];
  return hint === undefined ? `${first}.` : `${first.replace(/\.$/, '')}.${hint}.`;
};

/** What is wrong in the words of whoever declared the schema, where zod has only general ones. */
const issueMessage = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined') ? 'is missing' : issue.message;
};

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
          return { file, line, column: col, message: yamlSentence(fault) };
        }),
      };
    }
    const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }));
    if (parsed.success) return { value: parsed.data, problems: [] };
    return {
      problems: parsed.error.issues.map((issue) => {
        const path = issue.path.filter((step) => typeof step !== 'symbol');
        const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
        return { file, ...placeOf(document, lines, [...path, ...key]), message: sentence(path, issueMessage(issue)) };
      }),
    };
  } catch {
    // Too deep for the parser, or an alias that expands too far.
    return { problems: [{ file, message: 'cannot be read: it is nested or expanded too far.' }] };
  }
};
