import type { JsonValue } from '../json/json-value.js';

/**
 * What happens to a field of the content, named by a JSON Pointer (RFC 6901) into it: never to all of it, and nothing
 * where there is no such field. Pointers are about the message as sent, so places in lists never move.
 */
export type FieldObligation =
  /** The field goes; in a list `null` takes its place. */
  | { readonly kind: 'remove'; readonly path: string }
  /** The field's value becomes this one. */
  | { readonly kind: 'replace'; readonly path: string; readonly value: JsonValue }
  /**
   * A text keeps its last `keep` characters, the others become `*`: all of them where it is no longer than that. What is
   * no text becomes `null`.
   */
  | { readonly kind: 'mask'; readonly path: string; readonly keep: number };

/**
 * What an allow asks of the bus. Only these exist: an engine that asks for anything else has not allowed.
 *
 * Where several policies ask, the stricter wins, so that the same obligations make the same bytes whatever the order in
 * which they were asked for: an ancestor's obligation takes what is below it along; of one path, remove beats replace
 * beats mask, the mask that keeps less the other, and two replacements that differ remove.
 */
export type Obligation =
  | FieldObligation
  /** A header (in lower case) of the delivered message, in place of the sender's own; several values become a list. */
  | { readonly kind: 'annotate'; readonly header: string; readonly value: string }
  /** Not before an approval of this name: the verdict escalates. */
  | { readonly kind: 'require-approval'; readonly name: string };

export type DeliveryObligation = Exclude<Obligation, { readonly kind: 'require-approval' }>;
