import { z } from 'zod';
import { type RecoveryStrategy, recoveryStrategies } from './recovery-component.js';

export const recoveryStates = [
  'idle',
  'scheduled',
  'in_progress',
  'succeeded',
  'failed',
  'cancelled',
  'awaiting_manual',
] as const;

/** `idle`: nothing is to be recovered, or ever was. */
export type RecoveryState = (typeof recoveryStates)[number];

/** Who decided something, and why: for those who look back. */
export interface RecoveryDecision {
  /** 1 to 200 characters. */
  readonly by: string;
  /** 1 to 500 characters. */
  readonly why: string;
}

/** One recovery of one component, as it is kept. */
export interface RecoveryRecord {
  /** Grows with each recovery; tells them apart. */
  readonly number: number;
  readonly component: string;
  readonly strategy: RecoveryStrategy;
  /** Lower is first. */
  readonly priority: number;
  readonly state: Exclude<RecoveryState, 'idle'>;
  /** Those that have begun. */
  readonly attempts: number;
  /** Why it was asked for. */
  readonly reason: string;
  /** RFC 3339. */
  readonly requestedAt: string;
  /** Of the next attempt, milliseconds since the epoch; where it is scheduled. */
  readonly dueAt?: number;
  /** RFC 3339; where it has ended. */
  readonly endedAt?: string;
  /** Why the last attempt failed, as a code: an error's code or name, `CHECK_FAILED`, `STILL_RUNNING`, `INTERRUPTED`. */
  readonly failure?: string;
  /** The last one of an operator's. */
  readonly decision?: RecoveryDecision & { readonly kind: 'confirmed' | 'refused' | 'cancelled'; readonly at: string };
}

const text = z.string();
const recordSchema = z.strictObject({
  number: z.int().min(1),
  component: text,
  strategy: z.enum(recoveryStrategies),
  priority: z.int(),
  state: z.enum(recoveryStates).exclude(['idle']),
  attempts: z.int().min(0),
  reason: text,
  requestedAt: text,
  dueAt: z.number().exactOptional(),
  endedAt: text.exactOptional(),
  failure: text.exactOptional(),
  decision: z
    .strictObject({ by: text, why: text, kind: z.enum(['confirmed', 'refused', 'cancelled']), at: text })
    .readonly()
    .exactOptional(),
});

/** Reads what was kept. Throws where it is no record. */
export const readRecoveryRecord = (kept: unknown): RecoveryRecord => Object.freeze(recordSchema.parse(kept));

/** Whether something may still come of it. */
export const isActive = ({ state }: Pick<RecoveryRecord, 'state'>): boolean =>
  state === 'scheduled' || state === 'in_progress' || state === 'awaiting_manual';

const without = <K extends keyof RecoveryRecord>(
  record: RecoveryRecord,
  ...keys: readonly K[]
): Omit<RecoveryRecord, K> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !(keys as readonly string[]).includes(key))) as Omit<
    RecoveryRecord,
    K
  >;

export type RecoveryRequest = Pick<
  RecoveryRecord,
  'number' | 'component' | 'strategy' | 'priority' | 'reason' | 'requestedAt'
>;

/** A manual recovery waits for an operator from the beginning. */
export const requested = (request: RecoveryRequest, dueAt: number): RecoveryRecord =>
  Object.freeze(
    request.strategy === 'manual'
      ? { ...request, state: 'awaiting_manual', attempts: 0 }
      : { ...request, state: 'scheduled', attempts: 0, dueAt },
  );

export const confirmed = (
  record: RecoveryRecord,
  decision: RecoveryDecision,
  at: string,
  dueAt: number,
): RecoveryRecord =>
  Object.freeze<RecoveryRecord>({
    ...record,
    state: 'scheduled',
    dueAt,
    decision: { ...decision, kind: 'confirmed', at },
  });

/** The attempt counts as used from here on, whatever becomes of the process. */
export const begun = (record: RecoveryRecord): RecoveryRecord =>
  Object.freeze({ ...without(record, 'dueAt'), state: 'in_progress', attempts: record.attempts + 1 });

export const succeeded = (record: RecoveryRecord, endedAt: string): RecoveryRecord =>
  Object.freeze({ ...without(record, 'failure'), state: 'succeeded', endedAt });

export const ended = (
  record: RecoveryRecord,
  kind: 'refused' | 'cancelled',
  decision: RecoveryDecision,
  at: string,
): RecoveryRecord =>
  Object.freeze({ ...without(record, 'dueAt'), state: 'cancelled', endedAt: at, decision: { ...decision, kind, at } });

export interface FailedAttempt {
  readonly failure: string;
  /** How many attempts the component has. */
  readonly most: number;
  readonly at: string;
  /** Of the next attempt, if there is to be one. */
  readonly dueAt: number;
}

/** Another attempt, another wait for the operator, or the end. */
export const attemptFailed = (record: RecoveryRecord, { failure, most, at, dueAt }: FailedAttempt): RecoveryRecord => {
  if (record.attempts >= most) return Object.freeze({ ...record, state: 'failed', failure, endedAt: at });
  return Object.freeze(
    record.strategy === 'manual'
      ? { ...record, state: 'awaiting_manual', failure }
      : { ...record, state: 'scheduled', failure, dueAt },
  );
};
