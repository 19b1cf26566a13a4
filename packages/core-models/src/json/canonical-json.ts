import canonicalize from 'canonicalize';
import type { JsonValue } from './json-value.js';

/**
 * Canonical JSON text (RFC 8785) for documents that others re-create to check a digest or a signature. Not for the hot
 * path: envelopes are encoded once and their bytes are kept.
 */
export const canonicalJson = (value: JsonValue): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('A JSON value always has a canonical text.');
  return text;
};
