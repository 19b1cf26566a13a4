import { type Clock, type RandomSource, rfc3339, type Timers } from '@charterbus/core-models';
import { Background } from '../background/background.js';
import { ended } from '../background/ended.js';
import { backoffMs } from '../resilience/backoff.js';
import { type AttemptOutcome, attemptOnce, isWell } from './attempt.js';
import type { RecoveryBook } from './recovery-book.js';
import type { ParsedComponent } from './recovery-component.js';
import { RecoveryQueue } from './recovery-queue.js';
import { attemptFailed, begun, type RecoveryRecord, succeeded } from './recovery-record.js';

/** Before something that could not be done is tried again: a write, or a look at dependencies. */
const pauseMs = 1_000;

export interface RecoveryRunnerOptions {
  readonly book: RecoveryBook;
  readonly components: ReadonlyMap<string, ParsedComponent>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly concurrency: number;
  readonly background: Background;
}

/** Makes the attempts whose time has come, so many at a time. */
export class RecoveryRunner {
  readonly #options: RecoveryRunnerOptions;
  readonly #queue = new RecoveryQueue();
  readonly #running = new Map<string, AbortController>();
  /** Calls of `recover` that have not returned: they may outlive their attempts, and are not waited for. */
  readonly #calls = new Set<string>();
  readonly #callWatch: Background;
  readonly #closing = new AbortController();
  #timer: Disposable | undefined;

  constructor(options: RecoveryRunnerOptions) {
    this.#options = options;
    this.#callWatch = new Background((task, error) => options.background.report(task, error));
  }

  /** How long to wait before the next attempt, in milliseconds. */
  waitMs({ strategy, attempts }: Pick<RecoveryRecord, 'strategy' | 'attempts'>, component: ParsedComponent): number {
    if (strategy === 'immediate' || strategy === 'manual') return 0;
    const { jitter, initialMs, maxMs } = component;
    const backoff = strategy === 'linear_backoff' ? 'linear' : 'exponential';
    return backoffMs({ backoff, jitter, initialMs, maxMs }, attempts + 1, this.#options.random);
  }

  /** Takes up what is kept of a component that has just been registered. */
  resume(record: RecoveryRecord, component: ParsedComponent): void {
    if (this.#running.has(record.component)) return;
    if (record.state === 'scheduled') this.schedule(record);
    // Its process ended in the middle of it.
    if (record.state === 'in_progress') {
      this.#options.background.run('recovery', () => this.#conclude(component, record, 'INTERRUPTED'));
    }
  }

  /** Puts a scheduled recovery into the queue. */
  schedule({ component: key, priority, number: age, dueAt = 0 }: RecoveryRecord): void {
    const { clock, components } = this.#options;
    // The wall clock may have been set since: no wait is longer than the longest.
    const most = components.get(key)?.maxMs ?? pauseMs;
    const waitMs = Math.min(Math.max(dueAt - clock.now(), 0), most);
    this.#queue.add({ key, priority, age, dueAt: clock.monotonic() + waitMs });
    this.pump();
  }

  /** Ends what waits or is under way for a component. */
  forget(component: string): void {
    this.#queue.remove(component);
    this.#running.get(component)?.abort();
    this.pump();
  }

  /** Begins what may begin now. */
  pump(): void {
    const { clock, concurrency } = this.#options;
    this.#timer?.[Symbol.dispose]();
    if (this.#closing.signal.aborted) return;
    while (this.#running.size < concurrency) {
      const item = this.#queue.take(clock.monotonic(), (key) => this.#mayBegin(key));
      if (item === undefined) break;
      this.#begin(item.key);
    }
    // Where all places are taken, the end of one looks again: what is due by now would only have the timer go off at once.
    const next = this.#running.size < concurrency ? this.#queue.nextDueAt() : undefined;
    if (next === undefined) return;
    this.#timer = this.#options.timers.after(next - clock.monotonic(), () => this.pump());
  }

  close(): void {
    this.#closing.abort();
    this.#timer?.[Symbol.dispose]();
    for (const stop of this.#running.values()) stop.abort();
  }

  #mayBegin(key: string): boolean {
    const { book, components } = this.#options;
    const component = components.get(key);
    if (component === undefined || this.#running.has(key)) return false;
    return component.dependsOn.every((other) => book.find(other) === undefined);
  }

  #begin(key: string): void {
    const component = this.#options.components.get(key);
    if (component === undefined) return;
    const stop = new AbortController();
    this.#running.set(key, stop);
    this.#options.background.run('recovery', async () => {
      try {
        await this.#run(component, stop.signal);
      } finally {
        this.#running.delete(key);
        this.pump();
      }
    });
  }

  async #run(component: ParsedComponent, signal: AbortSignal): Promise<void> {
    const record = (await this.#dependenciesAreWell(component, signal)) ? await this.#open(component.name) : undefined;
    if (record === undefined) {
      this.#later(component.name);
      return;
    }
    const outcome = signal.aborted ? 'ABORTED' : await this.#attempt(component, signal);
    // What a closed orchestrator has begun counts as used, and goes on at the next start.
    if (!this.#closing.signal.aborted) await this.#conclude(component, record, outcome);
  }

  async #dependenciesAreWell({ dependsOn }: ParsedComponent, signal: AbortSignal): Promise<boolean> {
    const { components, timers } = this.#options;
    const checks = dependsOn.map(async (name) => {
      const other = components.get(name);
      return other !== undefined && (await isWell(other, timers, signal));
    });
    return (await Promise.all(checks)).every((well) => well);
  }

  /** The attempt counts before it is made; nothing where it must not be made now. */
  async #open(name: string): Promise<RecoveryRecord | undefined> {
    const { book, background } = this.#options;
    try {
      return await book.inTurn(name, async () => {
        const current = book.find(name);
        if (current?.state !== 'scheduled' || this.#closing.signal.aborted) return undefined;
        const record = begun(current);
        await book.put(record);
        return record;
      });
    } catch (error) {
      background.report('recovery', error);
      return undefined;
    }
  }

  #later(key: string): void {
    const current = this.#options.book.find(key);
    if (current?.state !== 'scheduled' || this.#closing.signal.aborted) return;
    const dueAt = this.#options.clock.monotonic() + pauseMs;
    this.#queue.add({ key, priority: current.priority, age: current.number, dueAt });
  }

  #attempt(component: ParsedComponent, signal: AbortSignal): AttemptOutcome | Promise<AttemptOutcome> {
    const { name } = component;
    if (this.#calls.has(name)) return 'STILL_RUNNING';
    return attemptOnce(component, this.#options.timers, signal, (call) => {
      this.#calls.add(name);
      this.#callWatch.run('recovery', async () => {
        await ended(call);
        this.#calls.delete(name);
      });
    });
  }

  /** Keeps what came of an attempt, as soon as the store takes it. */
  async #conclude(component: ParsedComponent, record: RecoveryRecord, outcome: AttemptOutcome): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        await this.#options.book.inTurn(component.name, () => this.#settle(component, record, outcome));
        // Others may have waited for its end.
        return this.pump();
      } catch (error) {
        this.#options.background.report('recovery', error);
        await this.#pause();
      }
    }
  }

  async #settle(component: ParsedComponent, { number }: RecoveryRecord, outcome: AttemptOutcome): Promise<void> {
    const { book, clock } = this.#options;
    const current = book.find(component.name);
    // An operator was faster.
    if (current?.number !== number || current.state !== 'in_progress') return;
    const now = clock.now();
    const at = rfc3339(now);
    if (outcome === undefined) return book.put(succeeded(current, at));
    const dueAt = now + this.waitMs(current, component);
    const next = attemptFailed(current, { failure: outcome, most: component.attempts, at, dueAt });
    await book.put(next);
    if (next.state === 'scheduled') this.schedule(next);
  }

  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = this.#options.timers.after(pauseMs, resolve);
    this.#closing.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }
}
