import { systemClock, systemRandom, systemTimers, uuidV7Source } from '@charterbus/core-models';
import { createInstrumentsSink, Instruments } from '@charterbus/metering';
import { type BackgroundErrorListener, CircuitBreakers, warnOfFailure } from '@charterbus/recovery';
import { assembleContext } from './assembly.js';
import { type Backend, type BackendEnvironment, memoryBackend } from './backend.js';
import { isShared } from './broker/mailbox-name.js';
import { Bus } from './bus.js';
import type { BusOptions } from './bus-options.js';
import type { BusContext } from './context.js';
import { busHealth } from './health/bus-health.js';
import { startHealing } from './health/healing.js';
import { configuredConstitution, constitutionLoader } from './life/configured-constitution.js';
import { Keeping } from './life/keeping.js';
import { openLife } from './life/open-life.js';
import { asConfigured } from './life/screens-at-hand.js';
import { knowQuotas } from './quotas/places.js';
import { replyInterceptor } from './requests/replies.js';
import { countCommits } from './telemetry/counted-commits.js';
import { readHealth } from './telemetry/read-health.js';
import { startMetering } from './usage/start-metering.js';
import { contentScreensOf } from './way/content-screens.js';

const defaultDrainMs = 10_000;

/** Tells whoever listens, and counts. */
const counted =
  (tell: BackgroundErrorListener, instruments: Instruments): BackgroundErrorListener =>
  (task, error) => {
    instruments.counter('charterbus_background_failures_total', task).add(1);
    tell(task, error);
  };

const environmentOf = (options: BusOptions, instruments: Instruments): BackendEnvironment => {
  const { clock = systemClock, timers = systemTimers, random = systemRandom } = options;
  const onBackgroundError = counted(options.onBackgroundError ?? warnOfFailure, instruments);
  return {
    clock,
    timers,
    random,
    ids: options.ids ?? uuidV7Source(clock, random),
    delivery: options.delivery ?? {},
    onBackgroundError,
    onBatch: countCommits(instruments),
    enterprise: new Set(options.metering?.enterpriseTenants),
    breakers: options.breakers ?? new CircuitBreakers({ clock, timers, onError: onBackgroundError }),
  };
};

/** Messages of a tenant go dead when their recipient was unregistered while nobody watched. */
const abandonStrays = async ({ broker, registry }: BusContext): Promise<void> => {
  const strays = [...(await broker.recipients())].filter(
    (recipient) => !isShared(recipient) && registry.find(recipient) === undefined,
  );
  for (const stray of strays) await broker.abandon(stray, 'RECIPIENT_UNREACHABLE');
};

/** Recovers what was unfinished; from here on leases are given. */
const startAll = async (context: BusContext, { usage }: Backend): Promise<void> => {
  context.broker.intercept(replyInterceptor(context));
  context.capabilities.open();
  await context.topics.open();
  await context.broker.start();
  await abandonStrays(context);
  await context.sharedMailboxes.start();
  if (usage.countersOutlive !== true) await knowQuotas(context);
};

/** Closed again, the last one first, unless all of it could be opened. */
interface Opening {
  readonly options: BusOptions;
  readonly instruments: Instruments;
  readonly opened: AsyncDisposableStack;
}

const openContext = async ({ options, instruments, opened }: Opening, environment: BackendEnvironment) => {
  const contentScreens = contentScreensOf(options, environment);
  const configured = await configuredConstitution(options, contentScreens.names);
  let ownsConstitution = true;
  opened.defer(async () => {
    if (ownsConstitution) await configured.discard();
  });
  const backend = await (options.backend ?? memoryBackend())(environment);
  for (const part of [backend, backend.registry, backend.broker, backend.usage.counters]) {
    opened.defer(() => part.close());
  }
  const load = constitutionLoader(options, environment, contentScreens.names);
  const keeping = new Keeping(backend.records, load, options.admit);
  const life = await openLife(configured, keeping, environment).catch(asConfigured);
  ownsConstitution = false;
  opened.defer(() => life.close());
  const { sinks = [], tenantMetrics = false } = options.metering ?? {};
  const shown = createInstrumentsSink({ instruments, byTenant: tenantMetrics });
  const usage = await startMetering(backend.usage, [...sinks, shown], environment);
  opened.defer(() => usage.close(0));
  const parts = { life, keeping, contentScreens, usage, instruments };
  return { backend, ...assembleContext(parts, backend, environment, options) };
};

/**
 * Opens a bus: loads and tests its constitution, opens its backend, recovers what was unfinished.
 *
 * @throws ConstitutionalError where the constitution may not be in force; StoreError where the backend cannot be opened;
 * ConfigurationError `CONFIGURATION_INVALID`, also for a constitution that reads screens which this bus does not have.
 */
export const createBus = async (options: BusOptions = {}): Promise<Bus> => {
  await using opened = new AsyncDisposableStack();
  const instruments = options.instruments ?? new Instruments({ clock: options.clock ?? systemClock });
  const endInstruments = (): void => {
    if (options.instruments === undefined) instruments[Symbol.dispose]();
  };
  opened.defer(endInstruments);
  const environment = environmentOf(options, instruments);
  const { backend, context, closing } = await openContext({ options, instruments, opened }, environment);
  await startAll(context, backend);
  const health = busHealth(context, backend, environment, options.health);
  const recovery = await startHealing(health, context, backend, environment);
  await health.start();
  readHealth(instruments, health, environment.breakers);
  opened.move();
  closing.signal.addEventListener('abort', endInstruments, { once: true });
  return new Bus(context, { backend, closing, health, recovery }, options.drainMs ?? defaultDrainMs);
};
