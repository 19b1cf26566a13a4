import {
  type Clock,
  type IdSource,
  type RandomSource,
  systemClock,
  systemRandom,
  uuidV7Source,
} from '@charterbus/core-models';

export interface RegistryOptions {
  /** Stamps registrations. Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
  /** Makes tokens; must be unpredictable. Default: the system's. */
  readonly random?: RandomSource;
  /** Makes revisions. Default: UUID version 7. */
  readonly ids?: IdSource;
  /** How many agents may be registered at a time. Default 100,000. */
  readonly agents?: number;
  /** Gets what a watcher throws; it concerns nobody else. Default: reported as an uncaught exception. */
  readonly onWatcherError?: (error: unknown) => void;
}

export const defaultAgents = 100_000;

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
    ids: options.ids ?? uuidV7Source(clock, random),
    agents: options.agents ?? defaultAgents,
    onWatcherError: options.onWatcherError ?? reportUncaught,
  };
};
