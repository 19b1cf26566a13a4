import { z } from 'zod';
import { identifierSchema, labelSchema } from './identifiers.js';

/** What a registration states about an agent. */
export const agentDraftSchema = z.strictObject({
  id: identifierSchema,
  tenant: identifierSchema,
  /** Decides, together with the policies, which message types the agent may send. */
  role: labelSchema.optional(),
  capabilities: z.array(labelSchema).max(64).readonly().default([]),
});
export type AgentDraft = z.input<typeof agentDraftSchema>;

/** A principal: everything that policies may know about a sender or recipient. */
export interface Agent {
  readonly id: string;
  readonly tenant: string;
  readonly role?: string;
  /** Sorted, without repetition. */
  readonly capabilities: readonly string[];
  /** RFC 3339. */
  readonly registeredAt: string;
  /**
   * Changes whenever anything that policies may see about the agent changes, and never returns to an earlier value, also
   * not when an agent of the same id is registered anew. Verdicts bind it.
   */
  readonly revision: string;
}

export const agentSchema = z.strictObject({
  id: identifierSchema,
  tenant: identifierSchema,
  role: labelSchema.optional(),
  capabilities: z.array(labelSchema).readonly(),
  registeredAt: z.string(),
  revision: z.string(),
});
