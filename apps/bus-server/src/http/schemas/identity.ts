import { scopes } from '@charterbus/bus';
import { instantSchema, labelSchema, rfc3339 } from '@charterbus/core-models';
import type { AgentState, Credential } from '@charterbus/registry';
import { z } from 'zod';
import { stated } from './request.js';

const instant = z.iso.datetime();

export const scopesSchema = z.array(z.enum(scopes)).max(32).readonly();

/** What an agent shows that it is itself: named, never told. */
export const credentialSchema = z
  .strictObject({
    id: z.string().describe('Names it among those of its agent; not a secret.'),
    kind: z.enum(['token', 'session', 'jwt']),
    scopes: z.array(z.string()).readonly().optional().describe('Absent: good for everything. Empty: for nothing.'),
    issuedAt: instant,
    expiresAt: instant.optional().describe('Absent: good until it is revoked.'),
    label: z.string().optional(),
  })
  .readonly();

export const issuedSchema = z.strictObject({ credential: credentialSchema, token: z.string() });

export const tokenRequestSchema = z.strictObject({
  scopes: scopesSchema.optional().describe('Absent: good for everything.'),
  expiresAt: instantSchema.optional().describe('To come. Absent: good until it is revoked.'),
  label: labelSchema.optional().describe('For whoever lists them.'),
});

export const stateSchema = z.strictObject({
  status: z.enum(['active', 'quarantined', 'expired']).describe('Only who is active is given messages.'),
  leaseUntil: instant.optional().describe('When it must have been heard of, where it has a lease.'),
  heardAt: instant.optional().describe('Absent: not since this server began.'),
  quarantine: z.strictObject({ reason: z.string(), since: instant }).optional(),
});

/** With instants in words, as everywhere on the wire. */
export const credentialOnWire = ({ issuedAt, expiresAt, ...rest }: Credential): z.output<typeof credentialSchema> => ({
  ...rest,
  issuedAt: rfc3339(issuedAt),
  ...stated({ expiresAt: expiresAt === undefined ? undefined : rfc3339(expiresAt) }),
});

export const issuedOnWire = ({
  credential,
  token,
}: {
  readonly credential: Credential;
  readonly token: string;
}): z.output<typeof issuedSchema> => ({ credential: credentialOnWire(credential), token });

export const stateOnWire = ({ status, leaseUntil, heardAt, quarantine }: AgentState): z.output<typeof stateSchema> => ({
  status,
  ...(leaseUntil === undefined ? {} : { leaseUntil: rfc3339(leaseUntil) }),
  ...(heardAt === undefined ? {} : { heardAt: rfc3339(heardAt) }),
  ...(quarantine === undefined ? {} : { quarantine: { reason: quarantine.reason, since: rfc3339(quarantine.since) } }),
});

/** Milliseconds since the epoch. */
export const millisecondsOf = (stating: z.output<typeof instantSchema>): number =>
  typeof stating === 'number' ? stating : Date.parse(stating);
