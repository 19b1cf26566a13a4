import { type Agent, AgentError, agentDraftSchema } from '@charterbus/core-models';

type ParsedDraft = Omit<Agent, 'registeredAt' | 'revision'>;

const invalid = (why: string, cause?: unknown): AgentError =>
  new AgentError('AGENT_INVALID', `The agent is not valid: ${why}.`, { cause });

const parse = (draft: unknown): ReturnType<typeof agentDraftSchema.safeParse> => {
  try {
    return agentDraftSchema.safeParse(draft);
  } catch (cause) {
    // A getter or a proxy of the caller's threw.
    throw invalid('it cannot be read', cause);
  }
};

/**
 * What a registration states, checked and copied; capabilities sorted by code unit, without repetition.
 *
 * @throws AgentError `AGENT_INVALID`
 */
export const parseDraft = (draft: unknown): ParsedDraft => {
  const parsed = parse(draft);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not valid'}`.slice(0, 300));
  }
  const { id, tenant, role, capabilities } = parsed.data;
  return {
    id,
    tenant,
    ...(role === undefined ? {} : { role }),
    capabilities: Object.freeze([...new Set(capabilities)].toSorted()),
  };
};
