import {
  type Clock,
  type IdSource,
  type RandomSource,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
  uuidV7Source,
} from '@charterbus/core-models';

export interface RegistryOptions {
  /** Stamps registrations, and measures leases and the life of credentials. Default: the system's. */
  readonly clock?: Clock;
  /** Must agree with the clock. Default: the system's. */
  readonly timers?: Timers;
  /** Makes tokens and challenges; must be unpredictable. Default: the system's. */
  readonly random?: RandomSource;
  /** Makes revisions; without dots. Default: UUID version 7. */
  readonly ids?: IdSource;
  /** How many agents may be registered at a time. Default 100,000. */
  readonly agents?: number;
  /** How long a session lasts, in milliseconds. Default 15 minutes. */
  readonly sessionMs?: number;
  /** How long a challenge can be answered, in milliseconds. Default a minute. */
  readonly challengeMs?: number;
  /** Part of what agents sign, so that a proof for one bus is none for another. Default `charterbus`. */
  readonly audience?: string;
  /** Gets what a watcher throws; it concerns nobody else. Default: reported as an uncaught exception. */
  readonly onWatcherError?: (error: unknown) => void;
}

export const defaultAgents = 100_000;
const defaultSessionMs = 900_000;
const defaultChallengeMs = 60_000;
export const defaultAudience = 'charterbus';

const reportUncaught = (error: unknown): void => {
  queueMicrotask(() => {
    throw error;
  });
};

export const withDefaults = (options: RegistryOptions): Required<RegistryOptions> => {
  const { clock = systemClock, random = systemRandom } = options;
  return {
    clock,
    random,
    timers: options.timers ?? systemTimers,
    ids: options.ids ?? uuidV7Source(clock, random),
    agents: options.agents ?? defaultAgents,
    sessionMs: options.sessionMs ?? defaultSessionMs,
    challengeMs: options.challengeMs ?? defaultChallengeMs,
    audience: options.audience ?? defaultAudience,
    onWatcherError: options.onWatcherError ?? reportUncaught,
  };
};
