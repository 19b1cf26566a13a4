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
  /** Spans as a tree, by name: each below its parent, in the order in which they began. Default: all. */
  tree(spans?: readonly ReadableSpan[]): readonly string[];
  /** The one of this name. */
  named(name: string): ReadableSpan;
}

/** An SDK that keeps spans in memory, registered until the test is finished. */
export const recordSpans = ({ sampled = true } = {}): Recorded => {
  const spans: ReadableSpan[] = [];
  /** Of all that began, their ids: clocks do not tell two of one moment apart. */
  const begun: string[] = [];
  const keeping: SpanProcessor = {
    onStart: (span) => void begun.push(span.spanContext().spanId),
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
    tree: (some = spans) => treeOf(some, begun),
    named(name) {
      const found = spans.filter((span) => span.name === name);
      if (found.length === 1 && found[0] !== undefined) return found[0];
      const names = spans.map((span) => span.name);
      throw new Error(`There are ${found.length} spans ${name} among ${names.join(', ')}.`);
    },
  };
};

const treeOf = (spans: readonly ReadableSpan[], begun: readonly string[]): readonly string[] => {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const inOrder = spans.toSorted(
    (left, right) => begun.indexOf(left.spanContext().spanId) - begun.indexOf(right.spanContext().spanId),
  );
  const parentOf = ({ parentSpanContext: above }: ReadableSpan): string | undefined =>
    above === undefined || !ids.has(above.spanId) ? undefined : above.spanId;
  const below = (parent: string | undefined, depth: number): readonly string[] =>
    inOrder
      .filter((span) => parentOf(span) === parent)
      .flatMap((span) => [`${'  '.repeat(depth)}${span.name}`, ...below(span.spanContext().spanId, depth + 1)]);
  return below(undefined, 0);
};
