import { type Agent, AgentError, agentDraftSchema } from '@charterbus/core-models';

export type ParsedDraft = Omit<Agent, 'registeredAt' | 'revision'>;

const invalidAgent = (why: string, cause?: unknown): AgentError =>
  new AgentError('AGENT_INVALID', `The agent is not valid: ${why}.`, { cause });

interface Parser<Result> {
  readonly safeParse: (value: unknown) =>
    | { readonly success: true; readonly data: Result }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

const safely = <Result>(schema: Parser<Result>, value: unknown): ReturnType<Parser<Result>['safeParse']> => {
  try {
    return schema.safeParse(value);
  } catch (cause) {
    // A getter or a proxy of the caller's threw.
    throw invalidAgent('it cannot be read', cause);
  }
};

/** @throws AgentError `AGENT_INVALID` */
export const parsed = <Result>(schema: Parser<Result>, value: unknown): Result => {
  const result = safely(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalidAgent(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not valid'}`.slice(0, 300));
};

export const sortedLabels = (labels: readonly string[]): readonly string[] =>
  Object.freeze([...new Set(labels)].toSorted());

/** In the order of their keys, so that equal ones have equal texts. */
export const sortedMetadata = (metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.freeze(Object.fromEntries(Object.entries(metadata).toSorted(([one], [other]) => (one < other ? -1 : 1))));

/**
 * What a registration states, checked and copied; capabilities sorted by code unit, without repetition.
 *
 * @throws AgentError `AGENT_INVALID`
 */
export const parseDraft = (draft: unknown): ParsedDraft => {
  const { id, tenant, role, capabilities, type, metadata, publicKey, leaseMs } = parsed(agentDraftSchema, draft);
  return {
    id,
    tenant,
    ...(role === undefined ? {} : { role }),
    capabilities: sortedLabels(capabilities),
    ...(type === undefined ? {} : { type }),
    ...(metadata === undefined ? {} : { metadata: sortedMetadata(metadata) }),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(leaseMs === undefined ? {} : { leaseMs }),
  };
};
