import { type Clock, ConfigurationError, systemClock, systemTimers, type Timers } from '@charterbus/core-models';
import type { JSONWebKeySet } from 'jose';

/** Which claims say what. */
export interface JwtClaims {
  /** The agent's id. Default `sub`. */
  readonly agent?: string;
  /** Default `tenant`. */
  readonly tenant?: string;
  /** A list, or a text with spaces between (RFC 8693, section 4.2). What is no label here is left out. Default `scope`. */
  readonly scopes?: string;
}

export interface JwtOptions {
  /** The one `iss` that counts. */
  readonly issuer: string;
  /** Must be, or be in, `aud`. */
  readonly audience: string;
  /** The issuer's public keys: where they are, by https or on this machine, or they themselves. */
  readonly jwks: URL | JSONWebKeySet;
  /** Signatures by public keys only. Default `EdDSA`, `ES256`, `RS256`. */
  readonly algorithms?: readonly string[];
  /** By how much the issuer's clock may be off, in seconds. Default 60. */
  readonly clockToleranceSeconds?: number;
  readonly claims?: JwtClaims;
  /** Tokens that were issued longer ago are refused, and those that do not say when. Default: their end alone counts. */
  readonly maxTokenAgeSeconds?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Must agree with the clock. Default: the system's. */
  readonly timers?: Timers;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** How long fetching the keys may take, in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
  /** Keys that a token names and that are not known are looked for no sooner than so long after the last time. Default 30 s. */
  readonly cooldownMs?: number;
  /** For how long keys count without being fetched again, in milliseconds: so long a key that was withdrawn is good. Default 10 min. */
  readonly cacheMaxAgeMs?: number;
}

const byPublicKey = /^(EdDSA|Ed25519|ES256|ES384|ES512|RS256|RS384|RS512|PS256|PS384|PS512)$/;
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const check = (isValid: boolean, what: string): void => {
  if (!isValid) throw new ConfigurationError('CONFIGURATION_INVALID', what);
};

const isDuration = (value: number): boolean => Number.isFinite(value) && value >= 0;

const defaults = {
  algorithms: ['EdDSA', 'ES256', 'RS256'] as readonly string[],
  clockToleranceSeconds: 60,
  maxTokenAgeSeconds: undefined,
  timeoutMs: 5000,
  cooldownMs: 30_000,
  cacheMaxAgeMs: 600_000,
  clock: systemClock,
  timers: systemTimers,
  fetch: globalThis.fetch,
} as const;

const defaultClaims = { agent: 'sub', tenant: 'tenant', scopes: 'scope' } as const;

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const jwtSettings = (options: JwtOptions) => {
  const settings = { ...defaults, ...options };
  const { issuer, audience, jwks, algorithms } = settings;
  check(issuer !== '' && audience !== '', 'Tokens must be of one issuer and for one audience.');
  const isSafe = algorithms.length > 0 && algorithms.every((one) => byPublicKey.test(one));
  check(isSafe, 'Only signatures by public keys are accepted.');
  const isTrusted = !(jwks instanceof URL) || jwks.protocol === 'https:' || loopback.test(jwks.hostname);
  check(isTrusted, 'Keys are fetched by https.');
  const { clockToleranceSeconds, maxTokenAgeSeconds = 0, timeoutMs, cooldownMs, cacheMaxAgeMs } = settings;
  const durations = [clockToleranceSeconds, maxTokenAgeSeconds, timeoutMs, cooldownMs, cacheMaxAgeMs];
  check(durations.every(isDuration), 'Durations are numbers from 0 on.');
  return {
    ...settings,
    algorithms: [...algorithms],
    claims: { ...defaultClaims, ...options.claims },
  };
};

export type JwtSettings = ReturnType<typeof jwtSettings>;
