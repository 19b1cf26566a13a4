import { createHash, timingSafeEqual } from 'node:crypto';
import type { AgentHandle, Bus } from '@charterbus/bus';
import { AgentError } from '@charterbus/core-models';

/** Who is speaking on a request: follows from its credential and from nothing else. */
export type Principal = { readonly kind: 'operator' } | { readonly kind: 'agent'; readonly handle: AgentHandle };

/** Who may call a route. `either`: an agent or the operator. */
export type Access = 'open' | 'agent' | 'operator' | 'either';

const bearer = /^Bearer +([\x21-\x7e]{1,512})$/i;

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

const refused = (): AgentError =>
  new AgentError('CREDENTIAL_REFUSED', 'State a token that is in force: `Authorization: Bearer <token>`.');

/** Tells the operator's token from agents' tokens; the comparison takes the same time wherever a guess goes wrong. */
export class Authenticator {
  readonly #bus: Bus;
  readonly #operator: Buffer;

  constructor(bus: Bus, operatorToken: string) {
    this.#bus = bus;
    this.#operator = digestOf(operatorToken);
  }

  /** @throws AgentError `CREDENTIAL_REFUSED`, the same for every header that is not in force. */
  authenticate(authorization: string | undefined): Principal {
    const token = bearer.exec(authorization ?? '')?.[1];
    if (token === undefined) throw refused();
    if (timingSafeEqual(digestOf(token), this.#operator)) return { kind: 'operator' };
    try {
      // Over the wire every message states its constitution itself.
      return { kind: 'agent', handle: this.#bus.connect(token, { attests: false }) };
    } catch (cause) {
      if (AgentError.isInstance(cause) && cause.code === 'CREDENTIAL_REFUSED') throw refused();
      throw cause;
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
