import { type ConstitutionFile, type Digest, type JsonValue, sha256 } from '@charterbus/core-models';

/** The largest external file, in bytes. */
const largest = 64 * 1024 * 1024;

export type ReadSlot =
  | { readonly value: JsonValue; readonly version: Digest; readonly problem?: never }
  | { readonly problem: string };

/** Reads an external data file; its version is the SHA-256 of its bytes. */
export const readSlot = ({ bytes }: ConstitutionFile): ReadSlot => {
  if (bytes.length > largest) return { problem: `is larger than ${largest} bytes.` };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { value: JSON.parse(text) as JsonValue, version: sha256(bytes) };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0]?.slice(0, 200) : '';
    return { problem: `is not JSON: ${why}` };
  }
};
