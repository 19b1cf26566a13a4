import type { JsonValue } from '../json/json-value.js';

/** What happens to a field of the content, named by a JSON Pointer (RFC 6901) into it. */
export type FieldObligation =
  /** The field goes. */
  | { readonly kind: 'remove'; readonly path: string }
  /** The field's value becomes this one. */
  | { readonly kind: 'replace'; readonly path: string; readonly value: JsonValue }
  /** A text keeps its last `keep` characters, the others become `*`; what is no text becomes `null`. */
  | { readonly kind: 'mask'; readonly path: string; readonly keep: number };

/**
 * What an allow asks of the bus. Only these exist: an engine that asks for anything else has not allowed.
 *
 * Field obligations and annotations are applied at delivery, in the order of their kinds (remove, replace, mask,
 * annotate) and then of their paths, so that the same obligations make the same bytes whatever the order in which they
 * were asked for.
 */
export type Obligation =
  | FieldObligation
  /** A header of the delivered message. */
  | { readonly kind: 'annotate'; readonly header: string; readonly value: string }
  /** Not before an approval of this name: the verdict escalates. */
  | { readonly kind: 'require-approval'; readonly name: string };

export type DeliveryObligation = Exclude<Obligation, { readonly kind: 'require-approval' }>;
