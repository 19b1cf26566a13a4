import {
  type Clock,
  ConfigurationError,
  OperationError,
  type RandomSource,
  rfc3339,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
} from '@charterbus/core-models';
import { z } from 'zod';
import { Background } from '../background/background.js';
import { type BackgroundErrorListener, warnOfFailure } from '../background/warn.js';
import type { EventStream, EventStreamOptions } from '../events/event-stream.js';
import { Listeners } from '../events/listeners.js';
import { checkAcyclic } from './dependencies.js';
import { createMemoryRecoveryStore } from './memory-recovery-store.js';
import { RecoveryBook, type RecoveryEvent } from './recovery-book.js';
import {
  type ParsedComponent,
  parseComponent,
  type RecoveryComponent,
  recoveryStrategies,
} from './recovery-component.js';
import {
  confirmed,
  ended,
  type RecoveryDecision,
  type RecoveryRecord,
  type RecoveryState,
  requested,
} from './recovery-record.js';
import { RecoveryRunner } from './recovery-runner.js';
import type { RecoveryStore } from './recovery-store.js';

export interface RecoveryOrchestratorOptions {
  /** Default: memory. */
  readonly store?: RecoveryStore;
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly random?: RandomSource;
  /** Attempts at a time. Default 2. */
  readonly concurrency?: number;
  /** Recoveries that have ended and are remembered. Default 100. */
  readonly historySize?: number;
  /** Components, and recoveries under way. Default 1,000. */
  readonly most?: number;
  /** Told of what the store refused, and of listeners that throw. Default: a warning of the process. */
  readonly onError?: BackgroundErrorListener;
}

/** Why a recovery is asked for, and what is other than usual about it. */
export interface RecoveryDemand extends Partial<Pick<RecoveryRecord, 'strategy' | 'priority'>> {
  /** 1 to 500 characters. */
  readonly reason: string;
}

const demandSchema = z.strictObject({
  reason: z.string().min(1).max(500),
  strategy: z.enum(recoveryStrategies).optional(),
  priority: z.int().min(0).max(1_000).optional(),
});
const decisionSchema = z.strictObject({ by: z.string().min(1).max(200), why: z.string().min(1).max(500) });

/** @throws OperationError `REQUEST_INVALID` */
const read = <S extends z.ZodType>(schema: S, input: unknown): z.output<S> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [place = ''] = parsed.error.issues.map(({ path }) => path.join('.'));
  throw new OperationError('REQUEST_INVALID', `This is not valid: ${place}.`, { cause: parsed.error });
};

/**
 * Brings components back in order: the most important first, none before what it depends on is well, each with waits between its
 * attempts and with a check at the end; manual ones wait for an operator. Each step is in the store before it is taken. Opened by
 * `openRecoveryOrchestrator`.
 */
export class RecoveryOrchestrator implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #components = new Map<string, ParsedComponent>();
  readonly #background: Background;
  readonly #events: Listeners<RecoveryEvent>;
  readonly #book: RecoveryBook;
  readonly #runner: RecoveryRunner;
  #closed: Promise<void> | undefined;

  /** @internal */
  constructor(book: RecoveryBook, events: Listeners<RecoveryEvent>, options: RecoveryOrchestratorOptions) {
    const { clock = systemClock, timers = systemTimers, random = systemRandom, onError = warnOfFailure } = options;
    this.#clock = clock;
    this.#most = options.most ?? 1_000;
    this.#background = new Background(onError, timers);
    this.#events = events;
    this.#book = book;
    const [components, background, concurrency] = [this.#components, this.#background, options.concurrency ?? 2];
    this.#runner = new RecoveryRunner({ book, components, clock, timers, random, concurrency, background });
  }

  /** Of all components, also of those that are not registered (any more), by their numbers. */
  get active(): readonly RecoveryRecord[] {
    return this.#book.active.toSorted((a, b) => a.number - b.number);
  }

  /** What has ended, the oldest first. */
  get history(): readonly RecoveryRecord[] {
    return this.#book.history;
  }

  /** What is under way for a component, else what ended last of what is remembered. */
  find(component: string): RecoveryRecord | undefined {
    return this.#book.find(component) ?? this.#book.history.findLast((record) => record.component === component);
  }

  /** `idle` where nothing is known of it. */
  stateOf(component: string): RecoveryState {
    return this.find(component)?.state ?? 'idle';
  }

  /**
   * Makes a component known, and goes on with what was under way for it. Disposing of what it gives ends an attempt under way and makes
   * no more; its recovery stays kept.
   *
   * @throws ConfigurationError `CONFIGURATION_INVALID`, also for a name that is taken and for dependencies in a circle.
   */
  register(options: RecoveryComponent): Disposable {
    const component = parseComponent(options);
    const { name } = component;
    if (this.#components.has(name) || this.#components.size >= this.#most) {
      const message = `There can be no component ${name}: the name is taken, or there are too many.`;
      throw new ConfigurationError('CONFIGURATION_INVALID', message);
    }
    checkAcyclic(name, (other) => (other === name ? component : this.#components.get(other))?.dependsOn ?? []);
    this.#components.set(name, component);
    const kept = this.#book.find(name);
    if (kept !== undefined) this.#runner.resume(kept, component);
    this.#runner.pump();
    return {
      [Symbol.dispose]: () => {
        if (this.#components.get(name) !== component) return;
        this.#components.delete(name);
        this.#runner.forget(name);
      },
    };
  }

  /**
   * Asks for a recovery; where one is under way, that one is the answer.
   *
   * @throws OperationError `COMPONENT_NOT_FOUND`, `REQUEST_INVALID`, `RECOVERY_LIMIT_REACHED`, `BUS_CLOSED`; StoreError.
   */
  async request(component: string, demand: RecoveryDemand): Promise<RecoveryRecord> {
    const { reason, ...other } = read(demandSchema, demand);
    return this.#inTurn(component, async () => {
      const registered = this.#components.get(component);
      if (registered === undefined) {
        throw new OperationError('COMPONENT_NOT_FOUND', `There is no component ${component}.`);
      }
      const active = this.#book.find(component);
      if (active !== undefined) return active;
      if (this.#book.size >= this.#most) {
        throw new OperationError('RECOVERY_LIMIT_REACHED', 'Too many recoveries are under way.');
      }
      const { strategy = registered.strategy, priority = registered.priority } = other;
      const now = this.#clock.now();
      const dueAt = now + this.#runner.waitMs({ strategy, attempts: 0 }, registered);
      const number = this.#book.nextNumber();
      const record = requested({ number, component, strategy, priority, reason, requestedAt: rfc3339(now) }, dueAt);
      await this.#book.put(record);
      if (record.state === 'scheduled') this.#runner.schedule(record);
      return record;
    });
  }

  /**
   * An operator lets a manual recovery make its next attempt.
   *
   * @throws OperationError `RECOVERY_NOT_FOUND`, `RECOVERY_NOT_WAITING`, `REQUEST_INVALID`, `BUS_CLOSED`; StoreError.
   */
  async confirm(component: string, decision: RecoveryDecision): Promise<RecoveryRecord> {
    const parsed = read(decisionSchema, decision);
    return this.#inTurn(component, async () => {
      const now = this.#clock.now();
      const record = confirmed(this.#awaiting(component), parsed, rfc3339(now), now);
      await this.#book.put(record);
      this.#runner.schedule(record);
      return record;
    });
  }

  /** An operator does not let it: it is cancelled. @throws as `confirm`. */
  async refuse(component: string, decision: RecoveryDecision): Promise<RecoveryRecord> {
    const parsed = read(decisionSchema, decision);
    return this.#inTurn(component, () => this.#end(this.#awaiting(component), 'refused', parsed));
  }

  /** Ends a recovery whatever its state; an attempt under way is told by its signal. @throws as `confirm`. */
  async cancel(component: string, decision: RecoveryDecision): Promise<RecoveryRecord> {
    const parsed = read(decisionSchema, decision);
    return this.#inTurn(component, () => this.#end(this.#underWay(component), 'cancelled', parsed));
  }

  /** Told of each change of a state, after it is kept. */
  watch(listener: (event: RecoveryEvent) => void): Disposable {
    return this.#events.watch(listener);
  }

  /** The same as a stream, bounded: the oldest are dropped, and counted, where nobody takes them. */
  events(options: EventStreamOptions = {}, signal?: AbortSignal): EventStream<RecoveryEvent> {
    return this.#events.stream(options, signal);
  }

  /** Begins nothing more, aborts what is under way and waits for that; all of it goes on at the next start. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#runner.close();
    await this.#background.idle();
    this.#events.clear();
  }

  #inTurn<T>(component: string, work: () => Promise<T>): Promise<T> {
    return this.#book.inTurn(component, () => {
      if (this.#closed !== undefined) throw new OperationError('BUS_CLOSED', 'The orchestrator is closed.');
      return work();
    });
  }

  #underWay(component: string): RecoveryRecord {
    const record = this.#book.find(component);
    if (record !== undefined) return record;
    throw new OperationError('RECOVERY_NOT_FOUND', `No recovery of ${component} is under way.`);
  }

  #awaiting(component: string): RecoveryRecord {
    const record = this.#underWay(component);
    if (record.state === 'awaiting_manual') return record;
    throw new OperationError('RECOVERY_NOT_WAITING', `The recovery of ${component} waits for no operator.`);
  }

  async #end(
    record: RecoveryRecord,
    kind: 'refused' | 'cancelled',
    decision: RecoveryDecision,
  ): Promise<RecoveryRecord> {
    const next = ended(record, kind, decision, rfc3339(this.#clock.now()));
    await this.#book.put(next);
    this.#runner.forget(record.component);
    return next;
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

/**
 * Opens an orchestrator over what its store remembers; what was under way goes on as its components are registered.
 *
 * @throws ConfigurationError `CONFIGURATION_INVALID`; StoreError.
 */
export const openRecoveryOrchestrator = async (
  options: RecoveryOrchestratorOptions = {},
): Promise<RecoveryOrchestrator> => {
  const { clock = systemClock, concurrency = 2, historySize = 100, most = 1_000 } = options;
  if (![concurrency, historySize, most].every(isCount)) {
    throw new ConfigurationError('CONFIGURATION_INVALID', 'The bounds of an orchestrator are whole numbers above 0.');
  }
  const store = options.store ?? createMemoryRecoveryStore();
  const events = new Listeners<RecoveryEvent>('recovery watch', options.onError ?? warnOfFailure);
  const book = new RecoveryBook({ store, kept: await store.load(), historySize, clock, events });
  return new RecoveryOrchestrator(book, events, options);
};
