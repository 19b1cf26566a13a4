import { ConfigurationError, StoreError } from '@charterbus/core-models';
import type { JWTPayload, jwtVerify } from 'jose';
import type { Authenticated } from '../credentials/credential.js';
import { quarantined, refused } from '../plans/issuing.js';
import type { Registry } from '../registry.js';
import { orAborted, throwIfAborted } from '../view/turns.js';
import { credentialIn, referenceIn } from './claims.js';
import { KeySource } from './key-source.js';
import { type JwtOptions, type JwtSettings, jwtSettings } from './options.js';

/** What of a registry is asked. */
export type JwtRegistry = Pick<Registry, 'checkCurrent' | 'find' | 'state'>;

/** Takes the word of one issuer for who is speaking. */
export interface JwtAuthenticator {
  /**
   * The registered agent that a JSON Web Token (RFC 7519) is about. What it found holds as long as `Registry.isInForce` says.
   *
   * @throws AgentError `CREDENTIAL_REFUSED`, the same for every token that is not good, and for agents that are not
   * registered; `AGENT_QUARANTINED` for one that is.
   * @throws StoreError `STORE_UNAVAILABLE` where the issuer's keys cannot be had, `REGISTRY_STALE`.
   * @throws OperationError `ABORTED`
   */
  authenticate(token: string, registry: JwtRegistry, signal?: AbortSignal): Promise<Authenticated>;
}

/** In characters; a header that is longer reaches nobody. */
const longestToken = 8192;

class KeyedAuthenticator implements JwtAuthenticator {
  readonly #settings: JwtSettings;
  readonly #keys: KeySource;
  readonly #verify: typeof jwtVerify;

  constructor(settings: JwtSettings, keys: KeySource, verify: typeof jwtVerify) {
    this.#settings = settings;
    this.#keys = keys;
    this.#verify = verify;
  }

  async authenticate(token: string, registry: JwtRegistry, signal?: AbortSignal): Promise<Authenticated> {
    throwIfAborted(signal);
    if (typeof token !== 'string' || token.length > longestToken) throw refused();
    const payload = await orAborted(this.#payload(token), signal);
    registry.checkCurrent();
    const reference = payload === undefined ? undefined : referenceIn(payload, this.#settings.claims);
    const agent = reference === undefined ? undefined : registry.find(reference);
    if (payload === undefined || reference === undefined || agent === undefined) throw refused();
    if (registry.state(reference)?.status === 'quarantined') throw quarantined();
    return Object.freeze({ agent, credential: credentialIn(payload, token, this.#settings) });
  }

  /** Nothing where the token is at fault, whatever its fault is. */
  async #payload(token: string): Promise<JWTPayload | undefined> {
    const { algorithms, audience, clock, clockToleranceSeconds, issuer, maxTokenAgeSeconds } = this.#settings;
    const options = {
      algorithms,
      audience,
      issuer,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp'],
      currentDate: new Date(clock.now()),
      ...(maxTokenAgeSeconds === undefined ? {} : { maxTokenAge: maxTokenAgeSeconds }),
    };
    try {
      return (await this.#verify(token, this.#keys.find, options)).payload;
    } catch (error) {
      if (StoreError.isInstance(error)) throw error;
      return undefined;
    }
  }
}

const loadJose = async () => {
  try {
    return await import('jose');
  } catch (cause) {
    const message = 'JSON Web Tokens need the package jose: install it.';
    throw new ConfigurationError('CONFIGURATION_INVALID', message, { cause });
  }
};

/**
 * @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds or keys that are none, or where jose is not
 * installed.
 */
export const createJwtAuthenticator = async (options: JwtOptions): Promise<JwtAuthenticator> => {
  const settings = jwtSettings(options);
  const { createLocalJWKSet, jwtVerify } = await loadJose();
  try {
    return new KeyedAuthenticator(settings, new KeySource(settings, createLocalJWKSet), jwtVerify);
  } catch (cause) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'The keys of the issuer are not valid.', { cause });
  }
};
