import { CharterbusError } from '@charterbus/core-models';
import { registeredTracer } from '@charterbus/metering';
import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Eventual } from '../eventual.js';

const scope = '@charterbus/bus';

/** What an error is called in telemetry: a code of ours, or its class. Its words may hold parts of messages. */
const errorType = (error: unknown): string => {
  if (CharterbusError.isInstance(error)) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
};

export const fail = (span: Span, error: unknown): void => failBy(span, errorType(error));

const failBy = (span: Span, type: string): void => {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
};

/** A span that is to be. */
export interface SpanPlan {
  readonly name: string;
  readonly options: SpanOptions;
  /** Default: what is active. */
  readonly parent?: Context;
}

/**
 * Spans through the OpenTelemetry API. As long as no SDK is registered none is made, and asking costs a look at a global; where
 * the trace of a message is not recorded, its steps have none.
 */
export class Tracing {
  /** Spans of this bus that are recording and have not ended: while there is none, nobody has to look for one. */
  #recording = 0;

  /** Of the SDK that is registered. */
  get tracer(): Tracer | undefined {
    return registeredTracer(scope);
  }

  get quiet(): boolean {
    return this.#recording === 0;
  }

  /** The span of what is being done here, where that is recorded. */
  get active(): Span | undefined {
    if (this.#recording === 0) return undefined;
    const span = trace.getActiveSpan();
    return span?.isRecording() === true ? span : undefined;
  }

  /** Does the work inside of a new span, which ends with it, at once or later. No promise is put in the place of the work's. */
  run<T>(
    tracer: Tracer,
    { name, options, parent = context.active() }: SpanPlan,
    work: (span: Span) => Eventual<T>,
  ): Eventual<T> {
    const span = tracer.startSpan(name, options, parent);
    const records = span.isRecording();
    if (records) this.#recording += 1;
    const end = (): void => {
      if (records) this.#recording -= 1;
      span.end();
    };
    const failed = (error: unknown): void => {
      fail(span, error);
      end();
    };
    let value: Eventual<T>;
    try {
      value = context.with(trace.setSpan(parent, span), work, undefined, span);
    } catch (error) {
      failed(error);
      throw error;
    }
    if (value instanceof Promise) value.then(end, failed);
    else end();
    return value;
  }

  /** A span of what happens in a moment. @param failure what it is an error of, where it is one. */
  mark(tracer: Tracer, { name, options, parent = context.active() }: SpanPlan, failure?: string): void {
    const span = tracer.startSpan(name, options, parent);
    if (failure !== undefined) failBy(span, failure);
    span.end();
  }

  /** As `run`, of a step inside of something that is recorded; of others nothing is made. */
  step<T>(plan: () => SpanPlan, work: () => Eventual<T>): Eventual<T> {
    if (this.active === undefined) return work();
    const { tracer } = this;
    return tracer === undefined ? work() : this.run(tracer, plan(), work);
  }
}
