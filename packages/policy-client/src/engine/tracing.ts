import { formatTraceparent } from '@charterbus/core-models';
import { context, isSpanContextValid, type Tracer, trace } from '@opentelemetry/api';

const scope = '@charterbus/policy-client';

/** The tracer of the SDK that is registered; nothing where there is none, so that nothing is made for it. */
export const registeredTracer = (): Tracer | undefined => {
  const provider: object = trace.getTracerProvider();
  if ('getDelegateTracer' in provider) {
    return (provider.getDelegateTracer as (name: string) => Tracer | undefined).call(provider, scope);
  }
  return trace.getTracer(scope);
};

/** The headers that carry the active span's context to a server, which the span is told; none where there is no span. */
export const tracedHeaders = (hostname: string, port: number): Readonly<Record<string, string>> => {
  const span = trace.getSpan(context.active());
  const active = span?.spanContext();
  if (active === undefined || !isSpanContextValid(active)) return {};
  span?.setAttributes({ 'server.address': hostname, 'server.port': port, 'http.request.method': 'POST' });
  const tracestate = active.traceState?.serialize() ?? '';
  return { traceparent: formatTraceparent(active), ...(tracestate === '' ? {} : { tracestate }) };
};

/** What was recalled; the judgement's span, where there is one, says that nobody had to be asked. */
export const noted = <T>(recalled: T): T => {
  if (registeredTracer() !== undefined) trace.getActiveSpan()?.addEvent('charterbus.decision_cache.hit');
  return recalled;
};
