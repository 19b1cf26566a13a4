import { type Tracer, trace } from '@opentelemetry/api';

/** The tracer of the SDK that is registered; nothing where there is none, so that nothing is made for it. */
export const registeredTracer = (scope: string): Tracer | undefined => {
  const provider: object = trace.getTracerProvider();
  if ('getDelegateTracer' in provider) {
    return (provider.getDelegateTracer as (name: string) => Tracer | undefined).call(provider, scope);
  }
  return trace.getTracer(scope);
};
