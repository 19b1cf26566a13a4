import { hash } from 'node:crypto';

/** A SHA-256 digest as 64 lower-case hex digits. */
export type Digest = string;

/** SHA-256 over bytes, or over a string's UTF-8 bytes (which must be well formed). */
export const sha256 = (input: string | Uint8Array): Digest => hash('sha256', input, 'hex');
