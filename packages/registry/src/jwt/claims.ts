import { type AgentReference, identifierPattern, labelSchema, sha256 } from '@charterbus/core-models';
import type { JWTPayload } from 'jose';
import type { Credential } from '../credentials/credential.js';
import type { JwtSettings } from './options.js';

/** More scopes than that are not those of an agent. */
const mostScopes = 64;

/** Whom the token is about; nothing where it does not say. */
export const referenceIn = (
  payload: JWTPayload,
  { agent, tenant }: JwtSettings['claims'],
): AgentReference | undefined => {
  const [id, of] = [payload[agent], payload[tenant]];
  return typeof id === 'string' && typeof of === 'string' ? { agent: id, tenant: of } : undefined;
};

const scopesIn = (payload: JWTPayload, claim: string): readonly string[] | undefined => {
  const stated = payload[claim];
  if (stated === undefined) return undefined;
  const list: readonly unknown[] = typeof stated === 'string' ? stated.split(' ') : Array.isArray(stated) ? stated : [];
  const labels = list.slice(0, mostScopes).flatMap((one) => {
    const parsed = labelSchema.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
  return Object.freeze([...new Set(labels)].toSorted());
};

/** What a good token is as a credential. Its end is that which the registry's clock will find. */
export const credentialIn = (
  payload: JWTPayload,
  token: string,
  { claims, clock, clockToleranceSeconds }: JwtSettings,
): Credential => {
  const { jti, iat, exp = 0 } = payload;
  const scopes = scopesIn(payload, claims.scopes);
  const id = typeof jti === 'string' && identifierPattern.test(jti) ? jti : sha256(token);
  return Object.freeze({
    id: `jwt:${id}`,
    kind: 'jwt',
    ...(scopes === undefined ? {} : { scopes }),
    issuedAt: iat === undefined ? Math.floor(clock.now()) : Math.floor(iat * 1000),
    expiresAt: Math.floor((exp + clockToleranceSeconds) * 1000),
  });
};
