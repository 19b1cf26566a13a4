import {
  type HealthAggregator,
  openRecoveryOrchestrator,
  type RecoveryComponent,
  type RecoveryOrchestrator,
} from '@charterbus/recovery';
import type { Backend, BackendEnvironment } from '../backend.js';
import type { BusContext } from '../context.js';
import { storeCheck } from './store-check.js';
import { tolerantStore } from './tolerant-store.js';

/**
 * What a bus brings back itself, and what it asks operators for. Messages stand on both: their components of health have the same
 * names.
 */
const ownComponents = (backend: Backend, context: BusContext): readonly RecoveryComponent[] => [
  {
    name: 'store',
    priority: 0,
    // A write that changes nothing finds out whether the disk, or Redis, is there again.
    recover: storeCheck(backend, context),
    check: storeCheck(backend, context),
    attempts: 1000,
    maxMs: 30_000,
  },
  {
    name: 'constitution',
    strategy: 'manual',
    dependsOn: ['store'],
    // Revoked: another one has to be put in force, which nobody but an operator may.
    recover: () => undefined,
    check: () => !context.life.current.isRevoked,
  },
];

/** Asks for a recovery whenever a component that has one is down. */
const askOnceDown = (
  health: HealthAggregator,
  recovery: RecoveryOrchestrator,
  names: ReadonlySet<string>,
  { background }: BusContext,
): Disposable => {
  const ask = (name: string, reason: string): void =>
    background.run('recovery', () => recovery.request(name, { reason }));
  return health.watch((event) => {
    if (event.kind !== 'component' || event.to.score > 0 || !names.has(event.to.name)) return;
    ask(event.to.name, event.to.reason);
  });
};

/** Opens what brings components back, the bus' own and those that its host registers. */
export const startHealing = async (
  health: HealthAggregator,
  context: BusContext,
  backend: Backend,
  { clock, timers, random, onBackgroundError }: BackendEnvironment,
): Promise<RecoveryOrchestrator> => {
  const { recoveries } = backend;
  const recovery = await openRecoveryOrchestrator({
    clock,
    timers,
    random,
    onError: onBackgroundError,
    ...(recoveries === undefined
      ? {}
      : { store: tolerantStore(recoveries, (error) => onBackgroundError('keep recovery', error)) }),
  });
  const components = ownComponents(backend, context);
  for (const component of components) recovery.register(component);
  askOnceDown(health, recovery, new Set(components.map(({ name }) => name)), context);
  return recovery;
};
