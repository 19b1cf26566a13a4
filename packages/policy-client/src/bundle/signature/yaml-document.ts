import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, Scalar } from 'yaml';
import { bundleError } from '../bundle-error.js';
import { canonicalJsonDocument, goString, objectText } from './json-document.js';

const deepest = 128;

const refuse = (file: string, message: string, cause?: unknown): never => {
  throw bundleError('BUNDLE_SIGNATURE_INVALID', message, { file, cause });
};

const integer = /^(0|-?[1-9][0-9]{0,14})$/;
/** Short enough that every reader rounds it alike, and so that no form with an exponent is the shorter one. */
const decimal = /^(0|-?[1-9][0-9]{0,9})\.[0-9]{1,5}$/;
/** Begins like a word or a path and holds nothing that a YAML reader gives a meaning. */
const word = /^[A-Za-z_/][A-Za-z0-9_./@-]*( [A-Za-z0-9_./@()-]+)*$/;
/** What YAML 1.1, which Go's reader speaks, takes for something else than a text. */
const special = /^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

/** A scalar without quotes, where all versions of YAML agree about it. */
const plainText = (text: string, file: string): string => {
  if (text === 'true' || text === 'false' || text === 'null') return text;
  if (integer.test(text)) return text;
  if (decimal.test(text)) return JSON.stringify(Number(text));
  if (word.test(text) && !special.test(text)) return goString(text);
  return refuse(
    file,
    `needs quotes around ${JSON.stringify(text.slice(0, 60))}, which readers of YAML take differently.`,
  );
};

const scalarText = (node: Scalar, file: string): string => {
  if (node.tag !== undefined) refuse(file, 'has a tag.');
  if (node.type === Scalar.PLAIN) return plainText(node.source ?? '', file);
  const text = String(node.value);
  return text.isWellFormed() ? goString(text) : refuse(file, 'has half a surrogate pair in a text.');
};

const keyOf = (node: unknown, file: string): string => {
  if (!isScalar(node)) return refuse(file, 'has a key that is no text.');
  const text = scalarText(node, file);
  return text.startsWith('"') ? (JSON.parse(text) as string) : refuse(file, `needs quotes around the key ${text}.`);
};

const nodeText = (node: unknown, file: string, depth: number): string => {
  if (depth > deepest) refuse(file, `is nested deeper than ${deepest} levels.`);
  if (isAlias(node)) return refuse(file, 'has an alias.');
  if (isScalar(node)) return scalarText(node, file);
  if (isSeq(node)) return `[${node.items.map((item) => nodeText(item, file, depth + 1)).join(',')}]`;
  if (!isMap(node)) return refuse(file, 'has something that is neither map, list nor scalar.');
  const members = new Map<string, string>();
  for (const { key, value } of node.items) {
    const name = keyOf(key, file);
    if (name === '<<' || members.has(name))
      refuse(file, `has the key ${goString(name).slice(0, 100)} twice, or merges.`);
    members.set(name, value === null ? 'null' : nodeText(value, file, depth + 1));
  }
  return objectText(members);
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const parse = (text: string, file: string): Document => {
  try {
    // Repeated keys are found below: the reader would compare each with all others.
    const document = parseDocument(text, { version: '1.1', uniqueKeys: false, strict: true, prettyErrors: false });
    return document.errors.length + document.warnings.length === 0
      ? document
      : refuse(file, 'is not YAML without a warning.');
  } catch (cause) {
    return refuse(file, 'is nested too deep to be read.', cause);
  }
};

/**
 * A YAML text as OPA hashes it: turned into JSON first. Only what all versions of YAML read alike is taken; whatever
 * else would have to be guessed (dates, octal numbers, `yes`) needs quotes.
 */
export const canonicalYamlDocument = (text: string, file: string): string => {
  // OPA takes a text that is JSON for JSON, and then keeps numbers as they are written.
  if (isJson(text)) return canonicalJsonDocument(text, file);
  if (text.startsWith('\uFEFF')) return refuse(file, 'begins with a byte order mark.');
  const document = parse(text, file);
  return document.contents === null ? 'null' : nodeText(document.contents, file, 0);
};
