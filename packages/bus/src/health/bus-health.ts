import {
  type CheckAnswer,
  HealthAggregator,
  type HealthComponentOptions,
  type HealthOptions,
} from '@charterbus/recovery';
import type { Backend, BackendEnvironment } from '../backend.js';
import { defaultDeliveryOptions } from '../broker/delivery-options.js';
import type { BusContext } from '../context.js';
import { storeCheck } from './store-check.js';

/** How health is sampled; time, timers and the listener for errors are the bus' own. */
export type BusHealthOptions = Omit<HealthOptions, 'clock' | 'timers' | 'onError'>;

/** Without these nothing is accepted. */
const needed = { weight: 3, critical: true } as const;

/** Shares of the most that may be unfinished, from which on it is said. */
const crowded = { some: 0.8, much: 0.95 };

const named = (
  name: string,
  check: (signal: AbortSignal) => CheckAnswer | Promise<CheckAnswer>,
  traits: Pick<HealthComponentOptions, 'weight' | 'critical'> = {},
): HealthComponentOptions => ({ name, ...traits, source: { kind: 'check', check } });

const registryCheck =
  ({ registry }: BusContext) =>
  (): CheckAnswer => {
    registry.checkCurrent();
    return true;
  };

const constitutionCheck =
  ({ life }: BusContext) =>
  (): CheckAnswer =>
    life.current.isRevoked ? { score: 0, reason: 'revoked' } : true;

const queueCheck =
  ({ broker }: BusContext, totalLimit: number) =>
  (): CheckAnswer => {
    const { queued, leased, held } = broker.counts;
    const share = (queued + leased + held) / totalLimit;
    if (share < crowded.some) return true;
    return share < crowded.much ? { score: 0.5, reason: 'crowded' } : { score: 0, reason: 'nearly_full' };
  };

const usageCheck =
  ({ usage: { meter } }: BusContext) =>
  (): CheckAnswer => {
    const failing = meter.status.filter(({ failures }) => failures > 0);
    if (failing.length === 0) return true;
    return failing.some(({ target }) => target === 'ledger')
      ? { score: 0, reason: 'not_counted' }
      : { score: 0.5, reason: 'sink_failing' };
  };

/** An engine that is asked over the network decides about every message. */
const traitsOfBreaker = (name: string) => (name.startsWith('opa:') ? needed : {});

/** The health of a bus: what it stands on, and the breakers of everything that it asks. */
export const busHealth = (
  context: BusContext,
  backend: Backend,
  { clock, timers, onBackgroundError, breakers, delivery }: BackendEnvironment,
  options: BusHealthOptions = {},
): HealthAggregator => {
  const health = new HealthAggregator({ ...options, clock, timers, onError: onBackgroundError });
  const { totalLimit = defaultDeliveryOptions.totalLimit } = delivery;
  health.add(named('store', storeCheck(backend, context), needed));
  health.add(named('registry', registryCheck(context), needed));
  health.add(named('constitution', constitutionCheck(context), needed));
  health.add(named('queues', queueCheck(context, totalLimit)));
  health.add(named('usage', usageCheck(context)));
  health.addBreakers(breakers, traitsOfBreaker);
  return health;
};
