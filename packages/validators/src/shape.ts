import {
  type Envelope,
  type JsonValue,
  MessageError,
  type MessageLimits,
  type MessageUsage,
  measureJson,
  messageDraftSchema,
  mostOfLeast,
  type ParsedMessageDraft,
  type RetryOverride,
  statedUsage,
  unreadable,
} from '@charterbus/core-models';
import { isQuickDraft } from './quick-draft.js';

/** A draft whose shape, sizes and values are known to be good. The content is a frozen copy. */
export interface ShapedDraft
  extends Omit<ParsedMessageDraft, 'content' | 'deliverAt' | 'expiresAt' | 'retry' | 'usage'> {
  readonly content: JsonValue;
  /** A lower bound of the bytes of its JSON text. */
  readonly leastBytes: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** Milliseconds since the epoch. */
  readonly deliverAt?: number;
  readonly retry?: RetryOverride;
  readonly usage?: MessageUsage;
}

interface Issue {
  readonly path: string;
  readonly message: string;
}

/** Short enough to answer with, and well formed also where a surrogate pair was cut. */
const excerpt = (text: string, length: number): string => text.slice(0, length).toWellFormed();

const invalid = (issues: readonly Issue[]): MessageError => {
  const first = issues[0];
  const where = first === undefined || first.path === '' ? 'The message' : `The message's ${first.path}`;
  return new MessageError('MESSAGE_INVALID', `${where}: ${first?.message ?? 'is not valid'}.`, { details: { issues } });
};

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

interface Readable {
  readonly draft: Readonly<Record<string, unknown>>;
  /** What is an object but no plain one: the path of the first. */
  readonly strange: string | undefined;
}

/** Reads each property once, as plain data: from here on nothing of the caller's runs, and nothing changes. */
const read = (input: unknown): Readable => {
  try {
    if (!isPlain(input)) return { draft: {}, strange: '' };
    const draft: Record<string, unknown> = { ...input };
    for (const path of ['to', 'headers', 'retry', 'usage']) {
      const part = draft[path];
      if (typeof part !== 'object' || part === null) continue;
      if (!isPlain(part)) return { draft, strange: path };
      draft[path] = { ...part };
    }
    return { draft, strange: undefined };
  } catch (error) {
    throw unreadable('The message cannot be read.', error);
  }
};

/** More than any schema knows. */
const mostFields = 32;

const checkFields = (value: unknown, path: string, most: number): void => {
  if (typeof value !== 'object' || value === null) return;
  if (Object.keys(value).length > most) throw invalid([{ path, message: 'has too many fields' }]);
  if (Object.getOwnPropertySymbols(value).length > 0) throw invalid([{ path, message: 'has a symbol as key' }]);
  // The schema of headers would drop it without a word.
  if (Object.hasOwn(value, '__proto__')) throw invalid([{ path, message: 'has the key __proto__' }]);
};

/** What the schema is spared: it would look at each of a million fields. */
const checkForm = ({ draft, strange }: Readable, limits: MessageLimits): void => {
  if (strange !== undefined) throw invalid([{ path: strange, message: 'is not a plain object' }]);
  checkFields(draft, '', mostFields);
  checkFields(draft['to'], 'to', mostFields);
  checkFields(draft['retry'], 'retry', mostFields);
  checkFields(draft['usage'], 'usage', mostFields);
  const { headers } = draft;
  if (typeof headers === 'object' && headers !== null && Object.keys(headers).length > limits.headers) {
    throw new MessageError('MESSAGE_TOO_LARGE', `The message has more than ${limits.headers} headers.`, {
      details: { limitHeaders: limits.headers },
    });
  }
  checkFields(headers, 'headers', limits.headers);
};

type Parsed = { readonly data: ParsedMessageDraft } | { readonly issues: readonly Issue[] };

/** The schema words a missing field as a value of the wrong type. */
const isMissing = ([field, ...inside]: readonly PropertyKey[], draft: Readable['draft']): boolean =>
  field !== undefined && inside.length === 0 && !Object.hasOwn(draft, field);

const parseSafely = (draft: Readable['draft']): Parsed => {
  try {
    const parsed = messageDraftSchema.safeParse(draft);
    if (parsed.success) return { data: parsed.data };
    const issues = parsed.error.issues.slice(0, 10).map((issue) => ({
      path: excerpt(issue.path.map(String).join('.'), 200),
      message: isMissing(issue.path, draft) ? 'is missing' : excerpt(issue.message, 300),
    }));
    return { issues };
  } catch (error) {
    // The schema words what it refuses, and to that end looks into it.
    throw unreadable('The message cannot be read.', error);
  }
};

const parse = (draft: Readable['draft']): ParsedMessageDraft => {
  const parsed = parseSafely(draft);
  if ('data' in parsed) return parsed.data;
  throw invalid(parsed.issues);
};

const checkHeaders = (headers: Readonly<Record<string, string>> | undefined, limits: MessageLimits): void => {
  if (headers === undefined) return;
  if (Object.values(headers).some((value) => Buffer.byteLength(value) > limits.headerBytes)) {
    throw new MessageError('MESSAGE_TOO_LARGE', `A header is larger than ${limits.headerBytes} bytes.`, {
      details: { limitHeaderBytes: limits.headerBytes },
    });
  }
};

const checkTimes = (
  deliverAt: number | undefined,
  expiresAt: number | undefined,
  delayMs: number | undefined,
): void => {
  if (deliverAt === undefined) return;
  if (delayMs !== undefined) throw invalid([{ path: 'delayMs', message: 'is not stated together with deliverAt' }]);
  if (expiresAt === undefined || deliverAt < expiresAt) return;
  throw invalid([{ path: 'deliverAt', message: 'is not before the message expires' }]);
};

/** Without what is not stated. */
const retryOf = ({ attempts, backoffMs }: NonNullable<ParsedMessageDraft['retry']>): RetryOverride => ({
  ...(attempts === undefined ? {} : { attempts }),
  ...(backoffMs === undefined ? {} : { backoffMs }),
});

type Instant = string | number;

const instant = (value: Instant): number => (typeof value === 'number' ? value : Date.parse(value));
const instantIf = (value: Instant | undefined): number | undefined =>
  value === undefined ? undefined : instant(value);

/** The draft is a copy of ours: its content becomes one as well. */
const quick = (draft: ParsedMessageDraft & { leastBytes?: number }, limits: MessageLimits): ShapedDraft => {
  const { value, leastBytes } = measureJson(draft.content, { depth: limits.depth, bytes: limits.contentBytes });
  draft.content = value;
  draft.leastBytes = leastBytes;
  return draft as ShapedDraft;
};

/**
 * Reads what a sender handed in. Nothing but a `MessageError` comes out of a bad one, whatever it is: getters that throw,
 * proxies, cycles, values that JSON cannot hold.
 *
 * The content's exact size is known only once it is encoded: `checkContentBytes`.
 *
 * @throws MessageError `MESSAGE_INVALID` with `details.issues` or `details.pointer`, or `MESSAGE_TOO_LARGE`.
 */
export const shapeDraft = (input: unknown, limits: MessageLimits): ShapedDraft => {
  const readable = read(input);
  if (readable.strange === undefined && isQuickDraft(readable.draft)) return quick(readable.draft, limits);
  checkForm(readable, limits);
  const { content, deliverAt, expiresAt, retry, usage, ...draft } = parse(readable.draft);
  checkHeaders(draft.headers, limits);
  checkTimes(instantIf(deliverAt), instantIf(expiresAt), draft.delayMs);
  const { value, leastBytes } = measureJson(content, { depth: limits.depth, bytes: limits.contentBytes });
  return {
    ...draft,
    content: value,
    leastBytes,
    ...(expiresAt === undefined ? {} : { expiresAt: instant(expiresAt) }),
    ...(deliverAt === undefined ? {} : { deliverAt: instant(deliverAt) }),
    ...(retry === undefined ? {} : { retry: retryOf(retry) }),
    ...(usage === undefined ? {} : { usage: statedUsage(usage) }),
  };
};

/**
 * The exact size check. What is small anyway is not encoded for it.
 *
 * @throws MessageError `MESSAGE_TOO_LARGE`.
 */
export const checkContentBytes = (
  content: Pick<Envelope, 'contentBytes' | 'leastBytes'>,
  limits: MessageLimits,
): void => {
  if (mostOfLeast * content.leastBytes <= limits.contentBytes || content.contentBytes <= limits.contentBytes) return;
  throw new MessageError('MESSAGE_TOO_LARGE', `The content is larger than ${limits.contentBytes} bytes.`, {
    details: { limitBytes: limits.contentBytes },
  });
};
