import { z } from 'zod';
import { isTrustedAddress } from './trusted-address.js';

/** Whose JSON Web Tokens agents may show, and where they say who it is. */
export interface JwtConfiguration {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's public keys are: https, or this machine. */
  readonly jwksUrl: string;
  /** Absent: `tenant`. */
  readonly tenantClaim?: string;
  /** Absent: `sub`. */
  readonly agentClaim?: string;
}

const word = z.string().regex(/^[\x21-\x7e]{1,1024}$/, 'must be visible ASCII characters');
const claim = z.string().regex(/^[\x21-\x7e]{1,256}$/, 'must be the name of a claim');
/** The variables of JSON Web Tokens. */
export const jwtVariables = {
  CHARTERBUS_JWT_ISSUER: word.optional(),
  CHARTERBUS_JWT_AUDIENCE: word.optional(),
  CHARTERBUS_JWT_JWKS_URL: z
    .string()
    .refine(isTrustedAddress, 'must be an address that begins with https://, or http:// and leads to this machine')
    .optional(),
  CHARTERBUS_JWT_TENANT_CLAIM: claim.optional(),
  CHARTERBUS_JWT_AGENT_CLAIM: claim.optional(),
};

const schema = z.object(jwtVariables);
type Variables = z.output<typeof schema>;
type Refuse = (variable: keyof Variables, why: string) => never;

/** Nothing where none is stated. Of the first three all are needed: keys without an issuer or an audience would let in too many. */
export const readJwtConfiguration = (variables: Variables, refuse: Refuse): JwtConfiguration | undefined => {
  const names = Object.keys(jwtVariables) as (keyof Variables)[];
  if (names.every((name) => variables[name] === undefined)) return undefined;
  const needed = (name: keyof Variables): string =>
    variables[name] ?? refuse(name, 'is needed where any variable of JSON Web Tokens is set');
  const { CHARTERBUS_JWT_TENANT_CLAIM: tenantClaim, CHARTERBUS_JWT_AGENT_CLAIM: agentClaim } = variables;
  return {
    issuer: needed('CHARTERBUS_JWT_ISSUER'),
    audience: needed('CHARTERBUS_JWT_AUDIENCE'),
    jwksUrl: needed('CHARTERBUS_JWT_JWKS_URL'),
    ...(tenantClaim === undefined ? {} : { tenantClaim }),
    ...(agentClaim === undefined ? {} : { agentClaim }),
  };
};
