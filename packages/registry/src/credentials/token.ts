import { type Digest, type RandomSource, sha256 } from '@charterbus/core-models';

/** Recognisable, so that scanners for leaked secrets can find them. */
const prefixes = { token: 'cba_', session: 'cbs_' } as const;
/** 256 bits. */
const randomBytes = 32;
/** 32 bytes in base64url, without padding. */
const tokenPattern = /^cb[as]_[A-Za-z0-9_-]{43}$/;

export const makeToken = (kind: keyof typeof prefixes, random: RandomSource): string =>
  prefixes[kind] + Buffer.from(random.bytes(randomBytes)).toString('base64url');

/** What the registry keeps of a token; `undefined` for what no token looks like. */
export const tokenDigest = (token: unknown): Digest | undefined =>
  typeof token === 'string' && tokenPattern.test(token) ? sha256(token) : undefined;
