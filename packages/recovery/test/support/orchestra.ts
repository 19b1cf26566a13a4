import { ManualClock, seededRandom } from '@charterbus/core-models';
import { onTestFinished } from 'vitest';
import {
  openRecoveryOrchestrator,
  type RecoveryComponent,
  type RecoveryEvent,
  type RecoveryOrchestrator,
  type RecoveryOrchestratorOptions,
} from '../../src/index.js';
import { flush } from './flush.js';

export const down = { reason: 'breaker_open' };
export const ada = { by: 'ada', why: 'looked at it' };

export interface Orchestra {
  readonly clock: ManualClock;
  readonly failures: string[];
  readonly events: RecoveryEvent[];
  readonly orchestrator: RecoveryOrchestrator;
  /** Moves the clock, and lets all that follows happen. */
  readonly pass: (milliseconds: number) => Promise<void>;
}

export const orchestra = async (
  options: RecoveryOrchestratorOptions & { readonly clock?: ManualClock } = {},
): Promise<Orchestra> => {
  const clock = options.clock ?? new ManualClock();
  const failures: string[] = [];
  const orchestrator = await openRecoveryOrchestrator({
    timers: clock,
    random: seededRandom(1),
    onError: (task) => void failures.push(task),
    ...options,
    clock,
  });
  onTestFinished(() => orchestrator.close());
  const events: RecoveryEvent[] = [];
  orchestrator.watch((event) => void events.push(event));
  const pass = async (milliseconds: number): Promise<void> => {
    clock.advance(milliseconds);
    await flush();
    await flush();
  };
  return { clock, failures, events, orchestrator, pass };
};

/** A component that counts its attempts, and is well when told. */
export const patient = (name: string, options: Partial<RecoveryComponent> = {}) => {
  const state = { attempts: 0, well: true, signals: [] as AbortSignal[] };
  const component: RecoveryComponent = {
    name,
    jitter: 'none',
    recover: (signal) => {
      state.attempts += 1;
      state.signals.push(signal);
    },
    check: () => state.well,
    ...options,
  };
  return Object.assign(state, { component });
};
