import { ConfigurationError } from '@charterbus/core-models';
import type { UsageSource } from '../usage/usage-source.js';
import { type MeterEvent, type MeterOptions, type MeterSettings, meterSettings } from './meter-options.js';
import { Pump, type PumpStatus } from './pump.js';
import { ledgerTarget, positionPrefix, sinkTarget, type Target } from './target.js';

const pruneEveryMs = 3_600_000;

const refused = (why: string): ConfigurationError => new ConfigurationError('CONFIGURATION_INVALID', why);

/**
 * Carries usage from sources into a ledger and into sinks. It keeps nothing of its own: how far each of them has got is kept where
 * the usage goes, so that whoever is killed goes on where it stood.
 */
export interface Meter extends AsyncDisposable {
  /** @throws ConfigurationError where a source of this name is metered already. */
  add(source: UsageSource): AsyncDisposable;
  /**
   * Resolves when all that sources have committed by now is in the ledger and in all sinks.
   *
   * @throws OperationError `ABORTED`
   */
  drain(signal?: AbortSignal): Promise<void>;
  /** As `drain`, for the ledger alone: what budgets go by. */
  counted(signal?: AbortSignal): Promise<void>;
  readonly status: readonly PumpStatus[];
  /** Ends what is under way; nothing is lost by it. Idempotent. Ledger and sinks stay open. */
  close(): Promise<void>;
}

interface Metered {
  readonly ledger: Pump;
  readonly sinks: readonly Pump[];
}

class PumpingMeter implements Meter {
  readonly #settings: MeterSettings;
  readonly #targets: { readonly ledger: Target; readonly sinks: readonly Target[] };
  readonly #sources = new Map<string, Metered>();
  #pruning: Promise<void> | undefined;
  #pruneTimer: Disposable | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: MeterOptions) {
    this.#settings = meterSettings(options);
    const { ledger, sinks } = this.#settings;
    this.#targets = { ledger: ledgerTarget(ledger), sinks: sinks.map((sink) => sinkTarget(sink, ledger)) };
    this.#prune();
  }

  get status(): readonly PumpStatus[] {
    return this.#pumps().map((pump) => pump.status);
  }

  add(source: UsageSource): AsyncDisposable {
    if (this.#closing !== undefined) throw refused('The meter is closed.');
    if (this.#sources.has(source.name)) throw refused(`A source named ${source.name} is metered already.`);
    if (source.name.startsWith(positionPrefix)) throw refused(`No source may be named ${positionPrefix}….`);
    const pump = (target: Target): Pump => new Pump(source, target, this.#settings, (event) => this.#tell(event));
    // Sinks first: those that begin where the ledger stands ask it before it moves.
    const sinks = this.#targets.sinks.map(pump);
    const metered = { sinks, ledger: pump(this.#targets.ledger) };
    this.#sources.set(source.name, metered);
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#sources.get(source.name) === metered) this.#sources.delete(source.name);
        await Promise.all(pumpsOf(metered).map((one) => one.end()));
      },
    };
  }

  async drain(signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#pumps().map((pump) => pump.drain(signal)));
  }

  async counted(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#sources.values()].map(({ ledger }) => ledger.drain(signal)));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#pruneTimer?.[Symbol.dispose]();
    await Promise.all(this.#pumps().map((pump) => pump.end()));
    await this.#pruning;
  }

  #pumps(): readonly Pump[] {
    return [...this.#sources.values()].flatMap(pumpsOf);
  }

  /** Now, and each hour. */
  #prune(): void {
    this.#pruning = this.#pruneOnce();
    this.#pruneTimer = this.#settings.timers.after(pruneEveryMs, () => this.#prune());
  }

  async #pruneOnce(): Promise<void> {
    try {
      await this.#settings.ledger.prune(this.#settings.clock.now());
    } catch (error) {
      this.#tell({ kind: 'not_pruned', error });
    }
  }

  #tell(event: MeterEvent): void {
    try {
      this.#settings.onEvent(event);
    } catch (error) {
      // The host's: it concerns neither this source nor any other.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

const pumpsOf = ({ ledger, sinks }: Metered): readonly Pump[] => [...sinks, ledger];

/** @throws ConfigurationError `CONFIGURATION_INVALID` for options out of bounds. */
export const createMeter = (options: MeterOptions): Meter => new PumpingMeter(options);
