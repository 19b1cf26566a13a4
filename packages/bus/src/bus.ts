import { type AgentDraft, AgentError, type Timers } from '@charterbus/core-models';
import type { Instruments } from '@charterbus/metering';
import type { Constitution } from '@charterbus/policy-client';
import type { CircuitBreakers, HealthAggregator, RecoveryOrchestrator } from '@charterbus/recovery';
import type { Authenticated, Registry } from '@charterbus/registry';
import type { Backend } from './backend.js';
import type { BrokerCounts } from './broker/broker.js';
import type { BusContext } from './context.js';
import { AgentHandle } from './handles/agent-handle.js';
import { Lifecycle } from './lifecycle.js';
import { Operations } from './operations.js';
import { giveBackPlaces } from './quotas/places.js';
import { rejectFailedRequests } from './requests/replies.js';
import { readCounts, watchDeliveries } from './telemetry/watch-deliveries.js';
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

interface BusParts extends Pick<Bus, 'health' | 'recovery'> {
  readonly backend: Backend;
  readonly closing: AbortController;
}

/** A governed message bus in this process. Made by `createBus`. */
export class Bus implements AsyncDisposable {
  readonly operations: Operations;
  /** How well it is, from what it stands on and the breakers of what it asks; sampled each second until it is drained. */
  readonly health: HealthAggregator;
  /** Brings back what is down, in order; hosts register what is theirs. */
  readonly recovery: RecoveryOrchestrator;
  readonly #context: BusContext;
  readonly #backend: Backend;
  readonly #lifecycle: Lifecycle;
  readonly #closing: AbortController;
  readonly #watches = new DisposableStack();
  readonly #drainMs: number;
  #drained: Promise<DrainReport> | undefined;

  /** @internal */
  constructor(context: BusContext, { backend, closing, health, recovery }: BusParts, drainMs: number) {
    this.#context = context;
    this.health = health;
    this.recovery = recovery;
    this.#backend = backend;
    this.#closing = closing;
    this.#drainMs = drainMs;
    this.#lifecycle = new Lifecycle(context.background);
    this.operations = new Operations(context);
    this.#watches.use(rejectFailedRequests(context));
    this.#watches.use(giveBackPlaces(context));
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

  /** What is left alone for now because it failed, by name: for health and metrics. */
  get breakers(): CircuitBreakers {
    return this.#context.breakers;
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
    const { broker, registry, background, clock, timers, life, usage } = this.#context;
    const until = clock.monotonic() + deadlineMs;
    this.#lifecycle.beginDrain();
    background.track('health', this.health.close());
    background.track('recovery', this.recovery.close());
    broker.pause();
    const clean = await within(deadlineMs, timers, this.#lifecycle.stopHandlers());
    const left = broker.counts;
    this.#closing.abort(new AgentError('CREDENTIAL_REFUSED', 'The bus is closed.'));
    await within(deadlineMs, timers, background.idle());
    this.#lifecycle.close();
    this.#watches.dispose();
    await usage.close(Math.max(0, until - clock.monotonic()));
    await this.#backend.usage.counters.close();
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
