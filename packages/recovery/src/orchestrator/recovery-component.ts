import { z } from 'zod';
import { parsePolicy } from '../resilience/policy.js';

export const recoveryStrategies = ['exponential_backoff', 'linear_backoff', 'immediate', 'manual'] as const;

/**
 * When attempts are made: after waits that double or grow evenly, at once, or each after an operator's confirmation. A manual
 * recovery never runs by itself.
 */
export type RecoveryStrategy = (typeof recoveryStrategies)[number];

/** What can be recovered. Times are milliseconds. */
export interface RecoveryComponent {
  /** Unique: letters, digits and `. : / @ [ ] _ -`, 200 at most. */
  readonly name: string;
  /** Default `exponential_backoff`. */
  readonly strategy?: RecoveryStrategy;
  /** Lower is first; equals go by age. An integer of 0 to 1,000, default 100. */
  readonly priority?: number;
  /** How many attempts are made before it has failed. Default 5. */
  readonly attempts?: number;
  /** The first wait. Default 1,000. */
  readonly initialMs?: number;
  /** The longest wait. Default 60,000. */
  readonly maxMs?: number;
  /** `full`: each wait is somewhere between nothing and its length, so that not all come at once. Default `full`. */
  readonly jitter?: 'none' | 'full';
  /** Of one attempt, its check included. Default 30,000. */
  readonly deadlineMs?: number;
  /** Names of those that have to be well first; they may be registered later. 100 at most. */
  readonly dependsOn?: readonly string[];
  /** Tries to mend it. Has to heed the signal: as long as it has not returned, it is not called again, and attempts fail. */
  readonly recover: (signal: AbortSignal) => unknown;
  /** Whether it is well: asked after `recover`, and by those that depend on it. `true` alone is well. */
  readonly check: (signal: AbortSignal) => boolean | Promise<boolean>;
}

const name = z.string().regex(/^[\w.:/@[\]-]{1,200}$/);
const milliseconds = z.number().positive().max(86_400_000);

const componentSchema = z.strictObject({
  name,
  strategy: z.enum(recoveryStrategies).default('exponential_backoff'),
  priority: z.int().min(0).max(1_000).default(100),
  attempts: z.int().min(1).max(1_000).default(5),
  initialMs: milliseconds.default(1_000),
  maxMs: milliseconds.default(60_000),
  jitter: z.enum(['none', 'full']).default('full'),
  deadlineMs: milliseconds.default(30_000),
  dependsOn: z.array(name).max(100).readonly().default([]),
});

export interface ParsedComponent
  extends Readonly<z.output<typeof componentSchema>>,
    Pick<RecoveryComponent, 'recover' | 'check'> {}

/** @throws ConfigurationError `CONFIGURATION_INVALID` */
export const parseComponent = ({ recover, check, ...options }: RecoveryComponent): ParsedComponent =>
  Object.freeze({ ...parsePolicy(componentSchema, options, 'a component to recover'), recover, check });
