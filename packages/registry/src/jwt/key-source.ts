import { StoreError } from '@charterbus/core-models';
import type { createLocalJWKSet, JSONWebKeySet, JWTVerifyGetKey, LocalJWKSet } from 'jose';
import { fetchKeys } from './fetch-keys.js';
import type { JwtSettings } from './options.js';

/** After a failure the keys are not asked for again for so long. */
const pauseMs = 1000;

const isUnknownKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_JWKS_NO_MATCHING_KEY';

interface Loaded {
  readonly keys: LocalJWKSet;
  readonly at: number;
}

/**
 * The public keys of an issuer: fetched when they are first needed, when they have grown old, and where a token names one
 * that is not known, though no more often than the cooldown lets. One fetch serves all who wait.
 */
export class KeySource {
  readonly #settings: JwtSettings;
  readonly #read: typeof createLocalJWKSet;
  #loaded: Loaded | undefined;
  #loading: Promise<Loaded> | undefined;
  #failure: { readonly error: StoreError; readonly until: number } | undefined;

  /** @throws whatever is wrong with keys that are stated. */
  constructor(settings: JwtSettings, read: typeof createLocalJWKSet) {
    this.#settings = settings;
    this.#read = read;
    if (!(settings.jwks instanceof URL)) this.#loaded = { keys: read(settings.jwks), at: Number.POSITIVE_INFINITY };
  }

  /** @throws StoreError `STORE_UNAVAILABLE` where the keys cannot be had; else the token is at fault. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const loaded = await this.#current();
    try {
      return await loaded.keys(header, token);
    } catch (error) {
      const age = this.#settings.clock.monotonic() - loaded.at;
      if (!isUnknownKey(error) || age < this.#settings.cooldownMs) throw error;
      return (await this.#load()).keys(header, token);
    }
  };

  async #current(): Promise<Loaded> {
    const { cacheMaxAgeMs, clock } = this.#settings;
    if (this.#loaded !== undefined && clock.monotonic() - this.#loaded.at < cacheMaxAgeMs) return this.#loaded;
    return this.#load();
  }

  async #load(): Promise<Loaded> {
    if (this.#failure !== undefined && this.#failure.until > this.#settings.clock.monotonic())
      throw this.#failure.error;
    this.#loading ??= this.#fetch();
    try {
      return await this.#loading;
    } finally {
      this.#loading = undefined;
    }
  }

  async #fetch(): Promise<Loaded> {
    const { clock, jwks } = this.#settings;
    const at = clock.monotonic();
    try {
      const keys = this.#read((await fetchKeys(jwks as URL, this.#settings)) as JSONWebKeySet);
      this.#loaded = { keys, at };
      this.#failure = undefined;
      return this.#loaded;
    } catch (cause) {
      const message = 'The keys of the issuer of tokens cannot be had.';
      const error = new StoreError('STORE_UNAVAILABLE', message, { cause, retryAfterMs: pauseMs });
      this.#failure = { error, until: clock.monotonic() + pauseMs };
      throw error;
    }
  }
}
