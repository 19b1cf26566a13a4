import {
  type Clock,
  ConfigurationError,
  OperationError,
  rfc3339,
  systemClock,
  systemTimers,
  type Timers,
} from '@charterbus/core-models';
import { Background } from '../background/background.js';
import { type BackgroundErrorListener, warnOfFailure } from '../background/warn.js';
import type { EventStream, EventStreamOptions } from '../events/event-stream.js';
import { Listeners } from '../events/listeners.js';
import type { CircuitBreakers } from '../resilience/circuit-breakers.js';
import { type CheckAnswer, HealthComponent, type HealthComponentOptions } from './component.js';
import {
  type ComponentHealth,
  type HealthSnapshot,
  type HealthStatus,
  type HealthThresholds,
  scoreOf,
  statusOf,
} from './health-status.js';
import { Hysteresis, type HysteresisOptions } from './hysteresis.js';

export interface HealthOptions extends Partial<HealthThresholds>, Partial<HysteresisOptions> {
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** Pause between samples, in milliseconds. Default 1,000. */
  readonly everyMs?: number;
  /** Snapshots that are kept. Default 300. */
  readonly historySize?: number;
  /** Told where a listener throws. Default: a warning of the process. */
  readonly onError?: BackgroundErrorListener;
}

/** A change of the whole, or of one component. */
export type HealthEvent =
  | {
      readonly kind: 'status';
      /** Absent at the first sample. */
      readonly from: HealthStatus | undefined;
      readonly to: HealthStatus;
      readonly snapshot: HealthSnapshot;
    }
  | {
      readonly kind: 'component';
      readonly at: string;
      readonly from: ComponentHealth | undefined;
      readonly to: ComponentHealth;
    };

interface ListedBreakers {
  readonly breakers: Pick<CircuitBreakers, 'list'>;
  readonly traitsOf: (name: string) => Pick<HealthComponentOptions, 'weight' | 'critical'>;
}

const mostComponents = 1_000;
/** So many pauses without a sample mean that sampling is stuck. */
const stuckAfter = 30;

const checked = (options: HealthOptions) => {
  const {
    everyMs = 1_000,
    historySize = 300,
    healthyAt = 0.7,
    degradedAt = 0.5,
    betterAfter = 3,
    worseAfter = 1,
  } = options;
  const counts = [historySize, betterAfter, worseAfter];
  const sound =
    everyMs > 0 &&
    degradedAt > 0 &&
    degradedAt <= healthyAt &&
    healthyAt <= 1 &&
    counts.every((n) => Number.isSafeInteger(n) && n > 0);
  if (sound) return { everyMs, historySize, healthyAt, degradedAt, betterAfter, worseAfter };
  throw new ConfigurationError('CONFIGURATION_INVALID', 'The options of health are not valid.');
};

/**
 * How well the whole is, from components with weights. `live` asks whether this process is to be started anew, `ready` whether
 * it is to be given work: what it needs being down says nothing about the former.
 */
export class HealthAggregator implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #options: ReturnType<typeof checked>;
  readonly #background: Background;
  readonly #events: Listeners<HealthEvent>;
  readonly #hysteresis: Hysteresis;
  readonly #components = new Map<string, HealthComponent>();
  readonly #listed = new Set<ListedBreakers>();
  readonly #history: HealthSnapshot[] = [];
  #sampling: Promise<HealthSnapshot> | undefined;
  #repetition: Disposable | undefined;
  #sampledAt: number;
  #closed = false;

  /** @throws ConfigurationError `CONFIGURATION_INVALID` */
  constructor(options: HealthOptions = {}) {
    const { clock = systemClock, timers = systemTimers, onError = warnOfFailure } = options;
    this.#clock = clock;
    this.#timers = timers;
    this.#options = checked(options);
    this.#background = new Background(onError, timers);
    this.#events = new Listeners('health watch', onError);
    this.#hysteresis = new Hysteresis(this.#options);
    this.#sampledAt = clock.monotonic();
  }

  /** Of the last sample. */
  get current(): HealthSnapshot | undefined {
    return this.#history.at(-1);
  }

  /** The oldest first. */
  get history(): readonly HealthSnapshot[] {
    return Array.from(this.#history);
  }

  /** False once it is closed, or where it is started and has not sampled for 30 pauses. Components do not matter. */
  get live(): boolean {
    if (this.#closed) return false;
    const silence = this.#clock.monotonic() - this.#sampledAt;
    return this.#repetition === undefined || silence <= stuckAfter * this.#options.everyMs;
  }

  /** Whether there is a sample, and the status is not `critical`. */
  get ready(): boolean {
    return this.live && this.current !== undefined && this.current.status !== 'critical';
  }

  /** @throws ConfigurationError `CONFIGURATION_INVALID`, also for a name that is taken; disposing of what it gives removes it. */
  add(options: HealthComponentOptions): Disposable {
    const { name } = options;
    if (this.#components.has(name) || this.#components.size >= mostComponents) {
      throw new ConfigurationError(
        'CONFIGURATION_INVALID',
        `There can be no component ${name}: the name is taken, or there are too many.`,
      );
    }
    const component = new HealthComponent(options, { clock: this.#clock, timers: this.#timers });
    this.#components.set(name, component);
    return {
      [Symbol.dispose]: () => {
        if (this.#components.get(name) === component) this.#components.delete(name);
      },
    };
  }

  /**
   * A component for each breaker that is listed at the time of a sample, under its name; one of that name that was added by hand
   * stands before it.
   */
  addBreakers(
    breakers: Pick<CircuitBreakers, 'list'>,
    traitsOf: (name: string) => Pick<HealthComponentOptions, 'weight' | 'critical'> = () => ({}),
  ): Disposable {
    const listed = { breakers, traitsOf };
    this.#listed.add(listed);
    return { [Symbol.dispose]: () => void this.#listed.delete(listed) };
  }

  /** Says how a `pushed` component is; it is seen at the next sample. @throws OperationError `COMPONENT_NOT_FOUND` */
  report(name: string, answer: CheckAnswer): void {
    const component = this.#components.get(name);
    if (component === undefined) throw new OperationError('COMPONENT_NOT_FOUND', `There is no component ${name}.`);
    component.report(answer);
  }

  /** Samples now, and then after each pause. Idempotent. Resolves with the first sample. */
  start(): Promise<HealthSnapshot> {
    if (!this.#closed)
      this.#repetition ??= this.#background.repeat('health', this.#options.everyMs, () => this.sample());
    return this.sample();
  }

  /** Samples once, or joins the sample under way. Never rejects. */
  sample(): Promise<HealthSnapshot> {
    this.#sampling ??= this.#sample().finally(() => {
      this.#sampling = undefined;
    });
    return this.#sampling;
  }

  /** Told of changes, after the snapshot is in the history. */
  watch(listener: (event: HealthEvent) => void): Disposable {
    return this.#events.watch(listener);
  }

  /** The same as a stream, bounded: the oldest are dropped, and counted, where nobody takes them. */
  events(options: EventStreamOptions = {}, signal?: AbortSignal): EventStream<HealthEvent> {
    return this.#events.stream(options, signal);
  }

  /** Samples no more; a sample under way is waited for. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#repetition?.[Symbol.dispose]();
    await this.#sampling;
    this.#events.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #sample(): Promise<HealthSnapshot> {
    const sampling = Array.from(this.#components.values(), (component) => component.sample());
    const components = await Promise.all([...sampling, ...this.#sampleBreakers()]);
    const sampled = statusOf(components, this.#options);
    const snapshot = Object.freeze({
      at: rfc3339(this.#clock.now()),
      status: this.#hysteresis.next(sampled),
      sampled,
      score: scoreOf(components),
      components: Object.freeze(components),
    });
    this.#sampledAt = this.#clock.monotonic();
    const before = this.current;
    this.#history.push(snapshot);
    if (this.#history.length > this.#options.historySize) this.#history.shift();
    this.#tell(before, snapshot);
    return snapshot;
  }

  #sampleBreakers(): readonly Promise<ComponentHealth>[] {
    const outside = { clock: this.#clock, timers: this.#timers };
    return Array.from(this.#listed).flatMap(({ breakers, traitsOf }) =>
      breakers
        .list()
        .filter(({ name }) => !this.#components.has(name))
        .map((breaker) => {
          const source = { kind: 'breaker', breaker: () => breaker } as const;
          return new HealthComponent({ name: breaker.name, ...traitsOf(breaker.name), source }, outside).sample();
        }),
    );
  }

  #tell(before: HealthSnapshot | undefined, snapshot: HealthSnapshot): void {
    const { at, status } = snapshot;
    const known = new Map(before?.components.map((component) => [component.name, component]));
    for (const to of snapshot.components) {
      const from = known.get(to.name);
      if (from?.score !== to.score || from.reason !== to.reason) this.#events.tell({ kind: 'component', at, from, to });
    }
    if (before?.status !== status) this.#events.tell({ kind: 'status', from: before?.status, to: status, snapshot });
  }
}
