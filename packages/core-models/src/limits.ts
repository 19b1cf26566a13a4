/** Bounds of one message. Sizes are in bytes of UTF-8. */
export const limits = {
  contentBytes: 262_144,
  depth: 32,
  headers: 64,
} as const;
