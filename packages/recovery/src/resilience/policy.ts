import { ConfigurationError } from '@charterbus/core-models';
import { z } from 'zod';

const milliseconds = z.number().positive().max(86_400_000);

const openMs = z.number().nonnegative().max(86_400_000).default(30_000);

/** When a breaker opens: after failures in a row, or at a share of failures among the calls of a window. */
export const breakerPolicySchema = z.union([
  z.strictObject({
    /** So many in a row. */
    failures: z.int().min(1).max(1_000_000).default(5),
    /** How long it stays open before one call may try again. */
    openMs,
  }),
  z.strictObject({
    /** Above 0, and 1 at most. */
    share: z.number().gt(0).max(1),
    windowMs: milliseconds,
    /** With fewer calls in the window it stays closed. */
    leastCalls: z.int().min(1).max(1_000_000).default(10),
    openMs,
  }),
]);

/** How long to wait between attempts. */
const backoffPolicySchema = z.strictObject({
  backoff: z.enum(['constant', 'linear', 'exponential']).default('exponential'),
  /** `full`: evenly between 0 and the wait; `decorrelated`: between the first wait and three times the last one. */
  jitter: z.enum(['none', 'full', 'decorrelated']).default('full'),
  initialMs: milliseconds.default(100),
  maxMs: milliseconds.default(10_000),
});

export const resiliencePolicySchema = z.strictObject({
  /** Of each attempt. */
  timeoutMs: milliseconds.optional(),
  /** `attempts` counts the first one too. */
  retry: backoffPolicySchema.extend({ attempts: z.int().min(1).max(100).default(3) }).optional(),
  breaker: breakerPolicySchema.optional(),
  bulkhead: z
    .strictObject({ concurrent: z.int().min(1).max(100_000), queued: z.int().min(0).max(1_000_000).default(0) })
    .optional(),
});

/** Times are milliseconds. What is left out does not apply. */
export type ResiliencePolicy = Readonly<z.input<typeof resiliencePolicySchema>>;
export type BreakerPolicy = Readonly<z.input<typeof breakerPolicySchema>>;
export type BackoffPolicy = Readonly<z.input<typeof backoffPolicySchema>>;
export type ParsedBreakerPolicy = Readonly<z.output<typeof breakerPolicySchema>>;
export type ParsedBackoffPolicy = Readonly<z.output<typeof backoffPolicySchema>>;

/** @throws ConfigurationError `CONFIGURATION_INVALID` that says what of it is wrong. */
export const parsePolicy = <S extends z.ZodType>(schema: S, policy: unknown, name: string): z.output<S> => {
  const parsed = schema.safeParse(policy);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
  throw new ConfigurationError('CONFIGURATION_INVALID', `The policy of ${name} is not valid${place}.`, {
    cause: parsed.error,
  });
};
