import { z } from 'zod';
import { identifierSchema, labelSchema } from './identifiers.js';

/** The 32 bytes of an Ed25519 public key (RFC 8032) in base64url without padding, as the `x` of a JWK (RFC 8037). */
export const publicKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'must be 32 bytes in base64url');

/** At most 32 texts of at most 256 characters. */
const metadataSchema = z
  .record(
    labelSchema,
    z
      .string()
      .max(256)
      .refine((text) => text.isWellFormed(), 'has a lone surrogate'),
  )
  .refine((metadata) => Object.keys(metadata).length <= 32, 'must not have more than 32 entries');

/** How long an agent is taken to be there after its last heartbeat, in milliseconds: a second to a day. */
const leaseMsSchema = z.number().int().min(1000).max(86_400_000);

/** What a registration states about an agent. */
export const agentDraftSchema = z.strictObject({
  id: identifierSchema,
  tenant: identifierSchema,
  /** Decides, together with the policies, which message types the agent may send. */
  role: labelSchema.optional(),
  capabilities: z.array(labelSchema).max(64).readonly().default([]),
  /** What sort of agent it is, for people and for look-ups; policies go by the role. */
  type: labelSchema.optional(),
  /** Whatever its owner wants to find again. Nothing secret: operators see it. */
  metadata: metadataSchema.optional(),
  publicKey: publicKeySchema.optional(),
  leaseMs: leaseMsSchema.optional(),
});
export type AgentDraft = z.input<typeof agentDraftSchema>;

/** A principal: everything that policies may know about a sender or recipient. */
export interface Agent {
  readonly id: string;
  readonly tenant: string;
  readonly role?: string;
  /** Sorted, without repetition. */
  readonly capabilities: readonly string[];
  readonly type?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** With it the agent opens sessions, signs messages and proves that it is the one that was registered. */
  readonly publicKey?: string;
  /** It must be heard of within so many milliseconds, again and again. Absent: it is there until it is unregistered. */
  readonly leaseMs?: number;
  /** RFC 3339. */
  readonly registeredAt: string;
  /**
   * Changes whenever anything that policies may see about the agent changes, and never returns to an earlier value, also
   * not when an agent of the same id is registered anew. Verdicts bind it. What stands before its first dot stays the
   * same until the agent is unregistered: see `registrationOf`.
   */
  readonly revision: string;
}

export const agentSchema = z.strictObject({
  id: identifierSchema,
  tenant: identifierSchema,
  role: labelSchema.optional(),
  capabilities: z.array(labelSchema).readonly(),
  type: labelSchema.optional(),
  metadata: metadataSchema.readonly().optional(),
  publicKey: publicKeySchema.optional(),
  leaseMs: leaseMsSchema.optional(),
  registeredAt: z.string(),
  revision: z.string(),
});

/**
 * What one registration of an agent is told from every other by, of the same id or not: all its revisions have it in common.
 *
 * @param revision of an agent.
 */
export const registrationOf = (revision: string): string => {
  const dot = revision.indexOf('.');
  return dot === -1 ? revision : revision.slice(0, dot);
};

/** Whether two revisions are of one registration. */
export const sameRegistration = (left: string | undefined, right: string | undefined): boolean =>
  left === right
    ? left !== undefined
    : left !== undefined && right !== undefined && registrationOf(left) === registrationOf(right);
