/** What a single message may hold. A constitution may lower these, never raise them. */
export interface MessageLimits {
  /** Bytes of the content's JSON text in UTF-8. */
  readonly contentBytes: number;
  /** Nested objects and lists inside the content. */
  readonly depth: number;
  /** Number of headers. */
  readonly headers: number;
  /** Bytes of one header's value in UTF-8. */
  readonly headerBytes: number;
}

export const defaultMessageLimits: MessageLimits = Object.freeze({
  contentBytes: 256 * 1024,
  depth: 32,
  headers: 64,
  headerBytes: 4096,
});
