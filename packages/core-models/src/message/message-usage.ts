import { z } from 'zod';

/** What a message states of what it has cost, at least one of them. */
export interface MessageUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** In the one currency of the deployment. */
  readonly cost?: number;
}

/**
 * What a message says that it has cost its sender to make, or what the work costs that it reports: for metering and for
 * budgets, which take the sender's word for it.
 */
export const messageUsageSchema = z
  .strictObject({
    /** Tokens that a model was given. */
    inputTokens: z.number().int().nonnegative().max(1_000_000_000).optional(),
    /** Tokens that a model made. */
    outputTokens: z.number().int().nonnegative().max(1_000_000_000).optional(),
    /** In the one currency of the deployment; counted in millionths, to which it is rounded up. */
    cost: z.number().nonnegative().max(1_000_000).optional(),
  })
  .refine((usage) => Object.values(usage).some((value) => value !== undefined), 'must state tokens or cost');

/** Without what is not stated; keys in the order of canonical JSON, since the audit log keeps it so. */
export const statedUsage = ({
  inputTokens,
  outputTokens,
  cost,
}: z.output<typeof messageUsageSchema>): MessageUsage => ({
  ...(cost === undefined ? {} : { cost }),
  ...(inputTokens === undefined ? {} : { inputTokens }),
  ...(outputTokens === undefined ? {} : { outputTokens }),
});

/** What is a millionth but for the error of a double is no more than that; however little is not nothing. */
const microsOf = (cost: number): number => Math.max(Math.ceil(Number((cost * 1_000_000).toFixed(3))), cost > 0 ? 1 : 0);

/** The same for metering: what is not stated is nothing. Cost in millionths of the currency, rounded up. */
export const measuredUsage = ({ inputTokens = 0, outputTokens = 0, cost = 0 }: MessageUsage) => ({
  inputTokens,
  outputTokens,
  costMicros: microsOf(cost),
});
