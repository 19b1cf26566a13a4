import type { MessageLimits } from '@charterbus/core-models';

const mebibyte = 1024 * 1024;

/** What the server takes. Times are in milliseconds, sizes in bytes. */
export const httpLimits = Object.freeze({
  /** The body of a batch. */
  batchBytes: 32 * mebibyte,
  batchMessages: 1000,
  /** The body of any request that carries no messages. */
  plainBytes: 64 * 1024,
  /** The body that stages a constitution with its data, in Base64. */
  stageBytes: 64 * mebibyte,
  /** Nested objects and lists of a body: those of the content, and what stands around it. */
  jsonDepth: 64,
  /** Request line and headers together. */
  headerBytes: 16 * 1024,
  /** One part of a path, as it is written. */
  pathPartCharacters: 512,
  /** Until the headers, and until the whole request is there. */
  headersMs: 10_000,
  requestMs: 60_000,
  /** A connection on which nothing moves; longer than the longest poll. */
  idleMs: 90_000,
  keepAliveMs: 75_000,
  connections: 4096,
  /** Of one agent, at a time. */
  claimsAtOnce: 16,
  batchesAtOnce: 4,
  /** Of one address, for what takes no token: at once, and each second from then on. */
  strangers: Object.freeze({ atOnce: 200, perSecond: 50 }),
  /** JSON Web Tokens of which it is not known yet whether they are good. */
  jwtsAtOnce: 256,
});

/** What a claim states where it leaves something out. */
export const claimDefaults = Object.freeze({ max: 10, waitMs: 20_000, leaseMs: 30_000 });

/**
 * The body of one message. JSON may write any byte of ASCII in six (`\u0061`), so that a body of this size holds every
 * message within the limits, however it is escaped.
 */
export const messageBytes = ({ contentBytes, headers, headerBytes }: MessageLimits): number =>
  6 * (contentBytes + headers * (headerBytes + 128)) + 64 * 1024;
