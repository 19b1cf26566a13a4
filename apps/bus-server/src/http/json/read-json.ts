import { MessageError, OperationError } from '@charterbus/core-models';
import { httpLimits } from '../limits.js';
import { type JsonFinding, scanJson } from './scan.js';

/** A body as it was read, with what the parser alone would have missed in it. */
export interface JsonBody {
  /** `undefined` where there was no body. */
  readonly value: unknown;
  readonly findings: readonly JsonFinding[];
}

/** Refuses what is not UTF-8 instead of replacing it, and keeps a byte order mark for the parser to refuse. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const malformed = (why: string, cause?: unknown): MessageError =>
  new MessageError('MESSAGE_MALFORMED', `The body ${why}.`, { cause });

const decode = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw malformed('is not UTF-8', cause);
  }
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // The parser's own words quote the body, which may hold secrets.
    throw malformed(text.startsWith('\uFEFF') ? 'begins with a byte order mark' : 'is not JSON', cause);
  }
};

/**
 * Reads a JSON body (RFC 8259).
 *
 * Integers beyond 2^53 need no care here: whatever they are rounded to lies beyond 2^53 as well, and is refused where
 * the value is checked.
 *
 * @throws MessageError `MESSAGE_MALFORMED`.
 */
export const readJson = (bytes: Uint8Array): JsonBody => {
  if (bytes.length === 0) return { value: undefined, findings: [] };
  const text = decode(bytes);
  const { findings, excess } = scanJson(text, httpLimits.jsonDepth);
  if (excess !== undefined) throw malformed(excess);
  return { value: parse(text), findings };
};

const charsetOf = (contentType: string): string => /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';

/** @throws OperationError `MEDIA_TYPE_UNSUPPORTED` for a body in another character set or compressed. */
export const checkEncoding = (contentType: string, contentEncoding: string | undefined): void => {
  if (charsetOf(contentType).toLowerCase() !== 'utf-8') {
    throw new OperationError('MEDIA_TYPE_UNSUPPORTED', 'JSON is UTF-8; no other character set is read.');
  }
  if ((contentEncoding ?? 'identity').toLowerCase() !== 'identity') {
    throw new OperationError('MEDIA_TYPE_UNSUPPORTED', 'Compressed bodies are not read.');
  }
};
