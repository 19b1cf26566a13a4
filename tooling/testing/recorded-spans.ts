import { context, propagation, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  type ReadableSpan,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { onTestFinished } from 'vitest';

export interface Recorded {
  /** Those that have ended. */
  readonly spans: readonly ReadableSpan[];
  readonly tracer: Tracer;
  /** The one of this name. */
  named(name: string): ReadableSpan;
}

/** An SDK that keeps spans in memory, registered until the test is finished. */
export const recordSpans = ({ sampled = true } = {}): Recorded => {
  const spans: ReadableSpan[] = [];
  const keeping: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span) => void spans.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const sampler = sampled ? new AlwaysOnSampler() : new AlwaysOffSampler();
  const provider = new TracerProvider({ spanProcessors: [keeping], sampler });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  onTestFinished(async () => {
    trace.disable();
    context.disable();
    propagation.disable();
    await provider.shutdown();
  });
  return {
    spans,
    tracer: provider.getTracer('test'),
    named(name) {
      const found = spans.filter((span) => span.name === name);
      if (found.length === 1 && found[0] !== undefined) return found[0];
      const names = spans.map((span) => span.name);
      throw new Error(`There are ${found.length} spans ${name} among ${names.join(', ')}.`);
    },
  };
};

/** The spans as a tree, by name: each below its parent, in the order of their begin. */
export const treeOf = (spans: readonly ReadableSpan[]): readonly string[] => {
  const lines: string[] = [];
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const begun = (span: ReadableSpan): number => span.startTime[0] * 1e9 + span.startTime[1];
  const childrenOf = (parent: string | undefined): readonly ReadableSpan[] =>
    spans
      .filter(({ parentSpanContext: above }) =>
        parent === undefined ? above === undefined || !ids.has(above.spanId) : above?.spanId === parent,
      )
      .toSorted((left, right) => begun(left) - begun(right) || (left.name < right.name ? -1 : 1));
  const add = (span: ReadableSpan, depth: number): void => {
    lines.push(`${'  '.repeat(depth)}${span.name}`);
    for (const child of childrenOf(span.spanContext().spanId)) add(child, depth + 1);
  };
  for (const root of childrenOf(undefined)) add(root, 0);
  return lines;
};
