import {
  type AgentDraft,
  AgentError,
  CharterbusError,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
  uuidV7Source,
} from '@charterbus/core-models';
import { Instruments } from '@charterbus/metering';
import type { Constitution, ConstitutionLife } from '@charterbus/policy-client';
import type { Authenticated, Registry } from '@charterbus/registry';
import { assembleContext } from './assembly.js';
import { type Backend, type BackendEnvironment, memoryBackend } from './backend.js';
import type { BackgroundErrorListener } from './background.js';
import type { BrokerCounts } from './broker/broker.js';
import { isShared } from './broker/mailbox-name.js';
import type { BusOptions } from './bus-options.js';
import type { BusContext } from './context.js';
import { AgentHandle } from './handles/agent-handle.js';
import { configuredConstitution, constitutionLoader } from './life/configured-constitution.js';
import { Keeping } from './life/keeping.js';
import { openLife } from './life/open-life.js';
import { asConfigured } from './life/screens-at-hand.js';
import { Lifecycle } from './lifecycle.js';
import { Operations } from './operations.js';
import { rejectFailedRequests, replyInterceptor } from './requests/replies.js';
import { countCommits } from './telemetry/counted-commits.js';
import { readCounts, watchDeliveries } from './telemetry/watch-deliveries.js';
import { contentScreensOf } from './way/content-screens.js';
import { checkSpeaking, speakerOf } from './way/speaker.js';

/** A handle of an agent that was just registered, with the token that later processes show. */
export interface RegisteredHandle {
  readonly handle: AgentHandle;
  /** Shown once. */
  readonly token: string;
}

export interface ConnectOptions {
  /** Whether the handle states the constitutional hash in force where a message does not. Default true. */
  readonly attests?: boolean;
}

/** What a drain left behind. Durable stores deliver it after the next start. */
export interface DrainReport extends BrokerCounts {
  /** Whether every handler finished within the deadline. */
  readonly clean: boolean;
}

const defaultDrainMs = 10_000;

/** A governed message bus in this process. Made by `createBus`. */
export class Bus implements AsyncDisposable {
  readonly operations: Operations;
  readonly #context: BusContext;
  readonly #backend: Backend;
  readonly #lifecycle: Lifecycle;
  readonly #closing: AbortController;
  readonly #watches = new DisposableStack();
  readonly #drainMs: number;
  #drained: Promise<DrainReport> | undefined;

  /** @internal */
  constructor(context: BusContext, backend: Backend, closing: AbortController, drainMs: number) {
    this.#context = context;
    this.#backend = backend;
    this.#closing = closing;
    this.#drainMs = drainMs;
    this.#lifecycle = new Lifecycle(context.background);
    this.operations = new Operations(context);
    this.#watches.use(rejectFailedRequests(context));
    this.#watches.use(watchDeliveries(context));
    readCounts(context);
    for (const part of [context.topics, context.sharedMailboxes, context.capabilities]) this.#watches.use(part);
    this.#watches.use(
      context.registry.watch(({ kind, agent }) => {
        const isGone = kind === 'unregistered';
        if (isGone) this.#lifecycle.detach(agent);
        else this.#lifecycle.look(agent);
        if (kind === 'quarantined' || kind === 'expired') context.recalls.of({ tenant: agent.tenant, agent: agent.id });
        if (!isGone) return;
        context.background.run('unsubscribe', () => context.topics.subscriptions.forget(agent));
        const reference = { tenant: agent.tenant, agent: agent.id };
        context.background.run('abandon', () => context.broker.abandon(reference, 'RECIPIENT_UNREACHABLE'));
      }),
    );
  }

  /** What is in force now. It is closed some time after another one has come into force. */
  get constitution(): Constitution {
    return this.#context.life.current;
  }

  get counts(): BrokerCounts {
    return this.#context.broker.counts;
  }

  /** Its numbers, for whoever shows them. */
  get instruments(): Instruments {
    return this.#context.telemetry.instruments;
  }

  /** Whether messages are accepted. */
  get accepting(): boolean {
    return this.#lifecycle.state === 'running';
  }

  /**
   * Resolves where a message would be kept now, as far as is known.
   *
   * @throws OperationError `BUS_DRAINING` or `BUS_CLOSED`; StoreError `STORE_UNAVAILABLE` while the disk is full or fails,
   *   `STORE_CORRUPT`.
   */
  async checkReady(): Promise<void> {
    this.#lifecycle.checkAccepting();
    await this.#backend.checkWritable?.();
  }

  /** @throws AgentError `AGENT_ALREADY_REGISTERED` or `AGENT_INVALID`. */
  async register(draft: AgentDraft): Promise<RegisteredHandle> {
    this.#lifecycle.checkAccepting();
    const { agent, token } = await this.#context.registry.register(draft);
    return { handle: new AgentHandle(speakerOf(agent, true), this.#context, this.#lifecycle), token };
  }

  /** The handle of the agent that the token was given to. @throws AgentError `CREDENTIAL_REFUSED`. */
  connect(token: string, options: ConnectOptions = {}): AgentHandle {
    return this.#handleFor(this.#context.registry.authenticate(token), options);
  }

  /**
   * The handle of an agent that shows something else than a token of the registry, a JWT say. It ends with the credential.
   *
   * @param authenticate finds out against the registry who it is; what it throws comes out.
   * @throws AgentError `CREDENTIAL_REFUSED` where the credential is not in force, or `AGENT_QUARANTINED`.
   */
  async connectWith(
    authenticate: (registry: Registry) => Promise<Authenticated>,
    options: ConnectOptions = {},
  ): Promise<AgentHandle> {
    return this.#handleFor(await authenticate(this.#context.registry), options);
  }

  #handleFor(authenticated: Authenticated, { attests = true }: ConnectOptions): AgentHandle {
    const speaker = speakerOf(authenticated.agent, attests, authenticated);
    checkSpeaking(speaker, this.#context);
    return new AgentHandle(speaker, this.#context, this.#lifecycle);
  }

  /**
   * Takes no more messages, gives no more leases, lets handlers finish within the deadline, then closes everything.
   * Idempotent: later calls join the first.
   */
  drain(deadlineMs: number = this.#drainMs): Promise<DrainReport> {
    this.#drained ??= this.#drain(deadlineMs);
    return this.#drained;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  async #drain(deadlineMs: number): Promise<DrainReport> {
    const { broker, registry, background, timers, life } = this.#context;
    this.#lifecycle.beginDrain();
    broker.pause();
    const clean = await within(deadlineMs, timers, this.#lifecycle.stopHandlers());
    const left = broker.counts;
    this.#closing.abort(new AgentError('CREDENTIAL_REFUSED', 'The bus is closed.'));
    await within(deadlineMs, timers, background.idle());
    this.#lifecycle.close();
    this.#watches.dispose();
    await broker.close();
    await registry.close();
    await this.#backend.close();
    await life.close();
    return { ...left, clean };
  }
}

/** Whether the work ended within the time. It goes on in any case. */
const within = async (milliseconds: number, timers: Timers, work: Promise<unknown>): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  using _timer = timers.after(milliseconds, () => resolve(false));
  return await Promise.race([promise, work.then(() => true)]);
};

const warn = (task: string, error: unknown): void => {
  const code = CharterbusError.isInstance(error) ? error.code : error instanceof Error ? error.name : 'unknown';
  process.emitWarning(`Background work failed: ${task} (${code}).`, { type: 'CharterbusWarning', code });
};

/** Messages of a tenant go dead when their recipient was unregistered while nobody watched. */
const abandonStrays = async ({ broker, registry }: BusContext): Promise<void> => {
  const strays = [...(await broker.recipients())].filter(
    (recipient) => !isShared(recipient) && registry.find(recipient) === undefined,
  );
  for (const stray of strays) await broker.abandon(stray, 'RECIPIENT_UNREACHABLE');
};

/** Tells whoever listens, and counts. */
const counted =
  (tell: BackgroundErrorListener, instruments: Instruments): BackgroundErrorListener =>
  (task, error) => {
    instruments.counter('charterbus_background_failures_total', task).add(1);
    tell(task, error);
  };

const environmentOf = (options: BusOptions, instruments: Instruments): BackendEnvironment => {
  const { clock = systemClock, timers = systemTimers, random = systemRandom } = options;
  return {
    clock,
    timers,
    random,
    ids: options.ids ?? uuidV7Source(clock, random),
    delivery: options.delivery ?? {},
    onBackgroundError: counted(options.onBackgroundError ?? warn, instruments),
    onBatch: countCommits(instruments),
  };
};

/**
 * Opens a bus: loads and tests its constitution, opens its backend, recovers what was unfinished.
 *
 * @throws ConstitutionalError where the constitution may not be in force; StoreError where the backend cannot be opened;
 * ConfigurationError `CONFIGURATION_INVALID`, also for a constitution that reads screens which this bus does not have.
 */
export const createBus = async (options: BusOptions = {}): Promise<Bus> => {
  const instruments = options.instruments ?? new Instruments({ clock: options.clock ?? systemClock });
  const endInstruments = (): void => {
    if (options.instruments === undefined) instruments[Symbol.dispose]();
  };
  const environment = environmentOf(options, instruments);
  const contentScreens = contentScreensOf(options, environment);
  const configured = await configuredConstitution(options, contentScreens.names);
  let backend: Backend | undefined;
  let life: ConstitutionLife | undefined;
  try {
    backend = await (options.backend ?? memoryBackend())(environment);
    const keeping = new Keeping(
      backend.records,
      constitutionLoader(options, environment, contentScreens.names),
      options.admit,
    );
    life = await openLife(configured, keeping, environment).catch(asConfigured);
    const { context, closing } = assembleContext(
      { life, keeping, contentScreens, instruments },
      backend,
      environment,
      options,
    );
    context.broker.intercept(replyInterceptor(context));
    context.capabilities.open();
    await context.topics.open();
    await context.broker.start();
    await abandonStrays(context);
    await context.sharedMailboxes.start();
    closing.signal.addEventListener('abort', endInstruments, { once: true });
    return new Bus(context, backend, closing, options.drainMs ?? defaultDrainMs);
  } catch (error) {
    // All of it, in the order of a drain: what was started holds timers, and the directory's lock.
    for (const part of [backend?.broker, backend?.registry, backend, life]) await part?.close();
    if (life === undefined) await configured.discard();
    endInstruments();
    throw error;
  }
};
