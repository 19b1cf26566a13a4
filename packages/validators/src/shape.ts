import {
  freezeJson,
  type JsonValue,
  MessageError,
  type MessageLimits,
  messageDraftSchema,
  type ParsedMessageDraft,
} from '@charterbus/core-models';

/** A draft whose shape, sizes and values are known to be good. The content is a frozen copy. */
export interface ShapedDraft extends Omit<ParsedMessageDraft, 'content' | 'expiresAt'> {
  readonly content: JsonValue;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

interface Issue {
  readonly path: string;
  readonly message: string;
}

const invalid = (issues: readonly Issue[]): MessageError => {
  const first = issues[0];
  const where = first === undefined || first.path === '' ? 'The message' : `The message's ${first.path}`;
  return new MessageError('MESSAGE_INVALID', `${where}: ${first?.message ?? 'is not valid'}.`, { details: { issues } });
};

const parse = (input: unknown): ParsedMessageDraft => {
  const parsed = messageDraftSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.slice(0, 10).map((issue) => ({
      path: issue.path.map(String).join('.').slice(0, 200),
      message: issue.message.slice(0, 300),
    })),
  );
};

const checkHeaders = (headers: Readonly<Record<string, string>> | undefined, limits: MessageLimits): void => {
  if (headers === undefined) return;
  const values = Object.values(headers);
  if (values.length > limits.headers) {
    throw new MessageError('MESSAGE_TOO_LARGE', `The message has more than ${limits.headers} headers.`, {
      details: { limitHeaders: limits.headers },
    });
  }
  if (values.some((value) => Buffer.byteLength(value) > limits.headerBytes)) {
    throw new MessageError('MESSAGE_TOO_LARGE', `A header is larger than ${limits.headerBytes} bytes.`, {
      details: { limitHeaderBytes: limits.headerBytes },
    });
  }
};

const instant = (value: string | number): number => {
  const milliseconds = typeof value === 'number' ? value : Date.parse(value);
  if (Number.isNaN(milliseconds)) throw invalid([{ path: 'expiresAt', message: 'is not a date that exists' }]);
  return milliseconds;
};

/**
 * Reads what a sender handed in. Nothing but a `MessageError` comes out of a bad one, whatever it is: getters that throw,
 * proxies, cycles, values that JSON cannot hold.
 *
 * @throws MessageError `MESSAGE_INVALID` with `details.issues` or `details.pointer`, or `MESSAGE_TOO_LARGE`.
 */
export const shapeDraft = (input: unknown, limits: MessageLimits): ShapedDraft => {
  try {
    // Read once and as plain data: the schema below would read each property of a hostile object more than once.
    const shallow = typeof input === 'object' && input !== null && !Array.isArray(input) ? { ...input } : input;
    const { content, expiresAt, ...draft } = parse(shallow);
    checkHeaders(draft.headers, limits);
    return {
      ...draft,
      content: freezeJson(content, { depth: limits.depth, bytes: limits.contentBytes }),
      ...(expiresAt === undefined ? {} : { expiresAt: instant(expiresAt) }),
    };
  } catch (error) {
    if (error instanceof MessageError) throw error;
    throw new MessageError('MESSAGE_INVALID', 'The message cannot be read.', { cause: error });
  }
};

/**
 * The exact size check, once the content is encoded.
 *
 * @throws MessageError `MESSAGE_TOO_LARGE`.
 */
export const checkContentBytes = (contentBytes: number, limits: MessageLimits): void => {
  if (contentBytes <= limits.contentBytes) return;
  throw new MessageError('MESSAGE_TOO_LARGE', `The content is larger than ${limits.contentBytes} bytes.`, {
    details: { limitBytes: limits.contentBytes },
  });
};
