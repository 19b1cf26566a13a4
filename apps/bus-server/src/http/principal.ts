import { createHash, timingSafeEqual } from 'node:crypto';
import type { AgentHandle, Bus } from '@charterbus/bus';
import { AgentError, OperationError } from '@charterbus/core-models';
import type { JwtAuthenticator } from '@charterbus/registry/jwt';
import { httpLimits } from './limits.js';

/** Who is speaking on a request: follows from its credential and from nothing else. */
export type Principal = { readonly kind: 'operator' } | { readonly kind: 'agent'; readonly handle: AgentHandle };

/** Who may call a route. `either`: an agent or the operator. */
export type Access = 'open' | 'agent' | 'operator' | 'either';

/** As long as the longest JSON Web Token that is looked at. */
const bearer = /^Bearer +([\x21-\x7e]{1,8192})$/i;
/** The compact form of a signed one (RFC 7515, section 3.1). No token of the registry has dots. */
const jwtForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

const refused = (): AgentError =>
  new AgentError('CREDENTIAL_REFUSED', 'State a token that is in force: `Authorization: Bearer <token>`.');

/** Over the wire every message states its constitution itself. */
const byWire = { attests: false } as const;

/** Tells the operator's token from agents' tokens; the comparison takes the same time wherever a guess goes wrong. */
export class Authenticator {
  readonly #bus: Bus;
  readonly #operator: Buffer;
  readonly #jwt: JwtAuthenticator | undefined;
  #verifying = 0;

  /** @param jwt absent: JSON Web Tokens are refused as whatever else is no token. */
  constructor(bus: Bus, operatorToken: string, jwt?: JwtAuthenticator) {
    this.#bus = bus;
    this.#operator = digestOf(operatorToken);
    this.#jwt = jwt;
  }

  /**
   * @param gone aborts where nobody waits for the answer any more; asked for only where it takes waiting.
   * @throws AgentError `CREDENTIAL_REFUSED`, the same for every header that is not in force; `AGENT_QUARANTINED`.
   * @throws StoreError `REGISTRY_STALE`, and `STORE_UNAVAILABLE` where an issuer's keys cannot be had.
   * @throws OperationError `TOO_MANY_REQUESTS` where too many wait for those; `ABORTED`.
   */
  async authenticate(authorization: string | undefined, gone: () => AbortSignal): Promise<Principal> {
    const token = bearer.exec(authorization ?? '')?.[1];
    if (token === undefined) throw refused();
    if (timingSafeEqual(digestOf(token), this.#operator)) return { kind: 'operator' };
    try {
      if (this.#jwt === undefined || !jwtForm.test(token)) {
        return { kind: 'agent', handle: this.#bus.connect(token, byWire) };
      }
      return { kind: 'agent', handle: await this.#byJwt(this.#jwt, token, gone()) };
    } catch (cause) {
      if (AgentError.isInstance(cause) && cause.code === 'CREDENTIAL_REFUSED') throw refused();
      throw cause;
    }
  }

  /** An issuer that is slow holds up those who show its tokens, a bounded number of them, and nobody else. */
  async #byJwt(jwt: JwtAuthenticator, token: string, gone: AbortSignal): Promise<AgentHandle> {
    if (this.#verifying >= httpLimits.jwtsAtOnce) {
      throw new OperationError('TOO_MANY_REQUESTS', 'Too many JSON Web Tokens wait to be verified.', {
        retryAfterMs: 1000,
      });
    }
    this.#verifying += 1;
    try {
      return await this.#bus.connectWith((registry) => jwt.authenticate(token, registry, gone), byWire);
    } finally {
      this.#verifying -= 1;
    }
  }
}

/** @throws AgentError `OPERATOR_REQUIRED` or `AGENT_REQUIRED`. */
export const checkAccess = (principal: Principal, access: Access): void => {
  if (access === 'operator' && principal.kind !== 'operator') {
    throw new AgentError('OPERATOR_REQUIRED', "This takes the operator's token.");
  }
  if (access === 'agent' && principal.kind !== 'agent') {
    throw new AgentError('AGENT_REQUIRED', "This takes an agent's token: the operator neither sends nor receives.");
  }
};
