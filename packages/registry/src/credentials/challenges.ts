import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  type AgentReference,
  agentKey,
  type Clock,
  type Digest,
  type RandomSource,
  sha256,
} from '@charterbus/core-models';

const prefix = 'cbc_';
const macBytes = 32;
const nonceBytes = 32;
const instantBytes = 6;
const headBytes = macBytes + nonceBytes + instantBytes;
/** With the longest `tenant/id`. */
const longest = 600;
/** A challenge that ends later than one that was made now does was made by a clock that is ahead: of so much we think nothing. */
const clockSkewMs = 5000;

/** A challenge that was made here, or in a process with the same secret, and may still be answered. */
export interface OpenChallenge {
  readonly reference: AgentReference;
  /** Names it where used challenges are kept. */
  readonly digest: Digest;
}

const macOf = (secret: Uint8Array, body: Uint8Array): Buffer => createHmac('sha256', secret).update(body).digest();

/**
 * Challenges that carry all there is to know about them, under a keyed hash: nothing has to be kept of those that strangers
 * ask for, and what is answered to a stranger does not depend on who exists.
 */
export class Challenges {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #random: RandomSource;
  readonly #lifeMs: number;

  constructor({
    clock,
    random,
    challengeMs,
  }: { clock: Pick<Clock, 'now'>; random: RandomSource; challengeMs: number }) {
    this.#clock = clock;
    this.#random = random;
    this.#lifeMs = challengeMs;
  }

  /** For how long a used one must be remembered: longer than any process takes it. */
  get rememberedMs(): number {
    return this.#lifeMs + 2 * clockSkewMs;
  }

  make(reference: AgentReference, secret: Uint8Array): { readonly challenge: string; readonly expiresAt: number } {
    const expiresAt = Math.floor(this.#clock.now()) + this.#lifeMs;
    const instant = Buffer.alloc(instantBytes);
    instant.writeUIntBE(expiresAt, 0, instantBytes);
    const body = Buffer.concat([this.#random.bytes(nonceBytes), instant, Buffer.from(agentKey(reference))]);
    return { challenge: prefix + Buffer.concat([macOf(secret, body), body]).toString('base64url'), expiresAt };
  }

  /** Nothing for what was not made with the secret, or is too old. */
  open(challenge: unknown, secret: Uint8Array): OpenChallenge | undefined {
    if (typeof challenge !== 'string' || challenge.length > longest || !challenge.startsWith(prefix)) return undefined;
    const bytes = Buffer.from(challenge.slice(prefix.length), 'base64url');
    if (bytes.length <= headBytes) return undefined;
    const body = bytes.subarray(macBytes);
    if (!timingSafeEqual(bytes.subarray(0, macBytes), macOf(secret, body))) return undefined;
    const leftMs = body.readUIntBE(nonceBytes, instantBytes) - this.#clock.now();
    if (leftMs <= 0 || leftMs > this.#lifeMs + clockSkewMs) return undefined;
    const [tenant = '', agent = ''] = body
      .subarray(nonceBytes + instantBytes)
      .toString()
      .split('/');
    // Over the bytes, since more than one text can stand for them.
    return { reference: { tenant, agent }, digest: sha256(body) };
  }
}
