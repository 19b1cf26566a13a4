import { z } from 'zod';

/**
 * Ids of agents and tenants: 1 to 128 letters, digits and `. _ : @ -`, beginning with a letter or digit. No slash, since
 * `tenant/agent` names an agent across tenants, and nothing that needs escaping in a path, a policy or a metric label.
 */
export const identifierPattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

export const identifierSchema = z
  .string()
  .regex(identifierPattern, 'must be 1 to 128 letters, digits or . _ : @ - and begin with a letter or digit');

/** Roles and capabilities: the same alphabet, shorter. */
export const labelSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$/,
    'must be 1 to 64 letters, digits or . _ : @ - and begin with a letter or digit',
  );

/** The id of an agent together with its tenant. */
export interface AgentReference {
  readonly tenant: string;
  readonly agent: string;
}

/** `tenant/agent`: unambiguous, since neither part can hold a slash. */
export const agentKey = (reference: AgentReference): string => `${reference.tenant}/${reference.agent}`;
