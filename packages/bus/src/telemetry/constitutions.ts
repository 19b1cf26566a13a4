import type { Clock, JudgementPoint } from '@charterbus/core-models';
import type { HistogramCell, Instruments } from '@charterbus/metering';
import type { Constitution, EngineCall } from '@charterbus/policy-client';
import type { Eventual } from '../eventual.js';

type Timings = Readonly<Record<JudgementPoint, HistogramCell>>;

/** Times judgements and the calls to engines, and reads the caches of what is in force. */
export class ConstitutionMeter {
  readonly #instruments: Instruments;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #timings = new WeakMap<Constitution, Timings>();

  constructor(instruments: Instruments, clock: Pick<Clock, 'monotonic'>) {
    this.#instruments = instruments;
    this.#clock = clock;
  }

  /** From now on, once for each. */
  follow(constitution: Constitution): void {
    if (this.#timings.has(constitution)) return;
    const engine = constitution.manifest.engine.kind;
    const timing = (point: JudgementPoint): HistogramCell =>
      this.#instruments.histogram('charterbus_judgement_seconds', point, engine);
    this.#timings.set(constitution, { send: timing('send'), receive: timing('receive') });
    // It ends with the constitution.
    constitution.calls?.watch((call) => this.#called(call));
  }

  /** The numbers of the cache in force; those of what was in force before go with it. */
  read(current: () => Constitution['cacheCounts']): void {
    this.#instruments.read('charterbus_decision_cache_hits_total', () => [[current()?.hits ?? 0]]);
    this.#instruments.read('charterbus_decision_cache_misses_total', () => [[current()?.misses ?? 0]]);
    this.#instruments.read('charterbus_decision_cache_entries', () => [[current()?.entries ?? 0]]);
  }

  timed<T>(point: JudgementPoint, constitution: Constitution, judge: () => Eventual<T>): Eventual<T> {
    const began = this.#clock.monotonic();
    const judged = judge();
    const end = (): void => this.#timings.get(constitution)?.[point].observe((this.#clock.monotonic() - began) / 1000);
    if (judged instanceof Promise) judged.then(end, () => undefined);
    else end();
    return judged;
  }

  #called({ engine, outcome, seconds, span }: EngineCall): void {
    this.#instruments.histogram('charterbus_engine_call_seconds', engine, outcome).observe(seconds, span);
  }
}
