import { agentKey, type Clock, ConfigurationError, type Message } from '@charterbus/core-models';
import { defaultClockSkewMs } from '../clock-skew.js';
import type { Finding, Validator } from '../validator.js';
import { type DetachedJws, readDetachedJws } from './detached-jws.js';
import { BoundedNonceMemory, type NonceMemory } from './nonce-memory.js';

export interface ReplayOptions {
  readonly clock: Clock;
  /** How old a signature may be, in milliseconds. */
  readonly windowMs?: number;
  /** How far ahead it may be, in milliseconds. */
  readonly clockSkewMs?: number;
  /** How many nonces are remembered, where no memory is given. */
  readonly entries?: number;
  /** By default one of this process. Several processes need one that they share. */
  readonly nonces?: NonceMemory;
}

const reject = (code: 'SIGNATURE_INVALID' | 'SIGNATURE_REPLAYED', text: string): readonly Finding[] =>
  Object.freeze([Object.freeze({ kind: 'rejection', code, text })]);

const malformed = reject('SIGNATURE_INVALID', 'The signature is not of the form that is verified here.');
const ahead = reject('SIGNATURE_INVALID', 'The signature was made in the future.');
const old = reject('SIGNATURE_REPLAYED', 'The signature is too old: sign the message again.');
const unknown = reject('SIGNATURE_REPLAYED', 'The signature is from before its nonce could be remembered: sign again.');
const again = reject(
  'SIGNATURE_REPLAYED',
  'The nonce of the signature was used before, or there is no room for it now.',
);

const checkOptions = (windowMs: number, clockSkewMs: number): void => {
  if (windowMs > 0 && Number.isFinite(windowMs) && clockSkewMs >= 0 && Number.isFinite(clockSkewMs)) return;
  throw new ConfigurationError('CONFIGURATION_INVALID', 'The window and the skew of signatures must be finite.');
};

/**
 * Accepts each signature once: its time must lie in the window, and its nonce must be new for this agent. Only what has been
 * verified may take a nonce, so this comes after `signature`; `createScreen` sees to it. Unsigned messages pass.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID`
 */
export const createReplayValidator = (options: ReplayOptions): Validator => {
  const { clock, windowMs = 300_000, clockSkewMs = defaultClockSkewMs, entries } = options;
  checkOptions(windowMs, clockSkewMs);
  const own = entries === undefined ? { clock } : { clock, entries };
  const nonces: NonceMemory = options.nonces ?? new BoundedNonceMemory(own);
  const untimely = ({ iat }: DetachedJws, now: number): readonly Finding[] | undefined => {
    const made = Math.round(iat * 1000);
    if (made > now + clockSkewMs) return ahead;
    if (made < now - windowMs) return old;
    return made < (nonces.since ?? 0) ? unknown : undefined;
  };
  const validate = (message: Message, now: number): readonly Finding[] | Promise<readonly Finding[]> => {
    const jws = readDetachedJws(message.signature ?? '');
    if (jws === undefined) return malformed;
    const refused = untimely(jws, now);
    if (refused !== undefined) return refused;
    const agent = agentKey({ tenant: message.tenant, agent: message.from });
    const isNew = nonces.remember({ agent, nonce: jws.nonce, message: message.id }, jws.iat * 1000 + windowMs);
    if (typeof isNew === 'boolean') return isNew ? [] : again;
    return isNew.then((known: unknown) => (known === true ? [] : again));
  };
  return Object.freeze({
    name: 'replay',
    after: 'signature',
    ...(options.nonces === undefined ? { immediate: true as const } : {}),
    validate: (message, { now }) => (message.signature === undefined ? [] : validate(message, now)),
  } satisfies Validator);
};
