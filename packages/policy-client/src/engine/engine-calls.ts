import type { Clock } from '@charterbus/core-models';
import { warnOfFailure } from '@charterbus/recovery';
import type { SpanContext } from '@opentelemetry/api';

/** One question to an engine that was really asked, not answered from what is remembered. */
export interface EngineCall {
  /** The engine's kind: of a composite, the member's. */
  readonly engine: string;
  /** An answer with errors in it, a rejection and a throw are failures; so is what nobody waited for any more. */
  readonly outcome: 'answered' | 'failed';
  readonly seconds: number;
  /** The call's own span, where one was recorded. */
  readonly span?: SpanContext;
}

/** Must not throw; what it throws is ignored. */
export type EngineCallListener = (call: EngineCall) => void;

/** Tells those who watch of the calls to the engines of one constitution. */
export class EngineCalls {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly #listeners = new Set<EngineCallListener>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.clock = clock;
  }

  watch(listener: EngineCallListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  tell(call: EngineCall): void {
    for (const listener of this.#listeners) {
      try {
        listener(call);
      } catch (error) {
        // Whoever only watches cannot change a verdict.
        warnOfFailure('engine calls', error);
      }
    }
  }
}
