import type { EngineAnswer } from '../engine/policy-engine.js';
import { noDecision, readDecision } from '../rego/read-decision.js';
import { parseStrictJson } from '../rego/strict-json.js';
import type { Reply } from './exchange.js';
import { NoReply } from './no-reply.js';

/** What a decision must say of itself, and whom it may name. */
export interface Expected {
  readonly rule: string;
  readonly named: ReadonlySet<string>;
  /** The bundle whose revision every answer must state. */
  readonly bundle?: { readonly name: string; readonly revision: string };
}

export type Document = Readonly<Record<string, unknown>>;

export const asDocument = (value: unknown): Document | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : undefined;

const own = (value: unknown, name: string): unknown => {
  const document = asDocument(value);
  return document !== undefined && Object.hasOwn(document, name) ? document[name] : undefined;
};

/** Of a document with more than this, nobody here knows what the rest says about the result. */
const understood: ReadonlySet<string> = new Set(['result', 'decision_id', 'provenance', 'metrics', 'explanation']);

const revisionFault = (provenance: unknown, { bundle }: Expected): string | undefined => {
  if (bundle === undefined) return undefined;
  const revision = own(own(own(provenance, 'bundles'), bundle.name), 'revision');
  if (revision === undefined) return `states no revision of the bundle ${bundle.name}`;
  return revision === bundle.revision ? undefined : `rests on another revision of the bundle ${bundle.name}`;
};

/** What a document of the Data API decides. */
export const readDocument = (value: unknown, expected: Expected): EngineAnswer => {
  const document = asDocument(value);
  if (document === undefined) return noDecision('OPA answered with something else than an object.');
  if (Object.hasOwn(document, 'warning')) return noDecision('OPA answered with a warning.');
  if (!Object.keys(document).every((name) => understood.has(name)))
    return noDecision('OPA answered with a member that is not understood.');
  const stale = revisionFault(document['provenance'], expected);
  if (stale !== undefined) return noDecision(`The answer of OPA ${stale}.`);
  if (!Object.hasOwn(document, 'result'))
    return noDecision(`${expected.rule} is undefined: no such rule, no bundle in force, or nothing decided.`);
  return readDecision(document['result'], expected.rule, expected.named);
};

const codePattern = /^[a-z][a-z_]{0,63}$/;

/** OPA's own codes, never its messages: these may repeat what was sent. */
const codesOf = (text: string): string => {
  try {
    const document = parseStrictJson(text);
    const errors = own(document, 'errors');
    const codes = [own(document, 'code'), ...(Array.isArray(errors) ? errors.map((error) => own(error, 'code')) : [])];
    const known = codes.filter((code) => typeof code === 'string' && codePattern.test(code)).slice(0, 4);
    return known.length === 0 ? '' : ` (${known.join(', ')})`;
  } catch {
    return '';
  }
};

/**
 * The document of a reply of the expected statuses, or the answer that there is none.
 *
 * @throws `NoReply` where it cannot be read.
 */
export const documentOf = (
  { status, text }: Reply,
  statuses: readonly number[] = [200],
): { readonly document: unknown } | { readonly failure: EngineAnswer } => {
  if (!statuses.includes(status))
    return { failure: noDecision(`OPA answered with the status ${status}${codesOf(text)}.`) };
  try {
    return { document: parseStrictJson(text) };
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'cannot be read';
    // Whoever answers so is no OPA, or no longer well.
    throw new NoReply(`OPA's answer ${why}.`, true, error);
  }
};

/** What a reply to one question decides. @throws `NoReply` */
export const readReply = (reply: Reply, expected: Expected): EngineAnswer => {
  const read = documentOf(reply);
  return 'failure' in read ? read.failure : readDocument(read.document, expected);
};
