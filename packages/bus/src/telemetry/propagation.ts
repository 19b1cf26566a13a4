import { formatTraceparent, type Message, type MessageLimits, parseTraceparent } from '@charterbus/core-models';
import { type Context, context, isSpanContextValid, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { StatedTraceState } from './trace-state.js';

type Headers = Readonly<Record<string, string>>;

const stateOf = ({ traceState }: SpanContext): string => traceState?.serialize() ?? '';

/**
 * The headers with the context of what is active here. What the sender stated stays as it is, and where there is no room for
 * more, there is none.
 */
export const stampedHeaders = (headers: Headers | undefined, limits: MessageLimits): Headers | undefined => {
  const active = trace.getSpanContext(context.active());
  if (active === undefined || !isSpanContextValid(active)) return headers;
  const room = limits.headers - (headers === undefined ? 0 : Object.keys(headers).length);
  const traceparent = formatTraceparent(active);
  const states = headers !== undefined && ('traceparent' in headers || 'tracestate' in headers);
  if (states || room < 1 || traceparent.length > limits.headerBytes) return headers;
  const tracestate = stateOf(active);
  const fits = tracestate !== '' && room > 1 && tracestate.length <= limits.headerBytes;
  return { ...headers, traceparent, ...(fits ? { tracestate } : {}) };
};

/** What these say of a trace; nothing where that is malformed. */
export const spanContextOf = ({ traceparent, tracestate }: Headers): SpanContext | undefined => {
  const parsed = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined;
  if (parsed === undefined) return undefined;
  const state = typeof tracestate === 'string' ? { traceState: StatedTraceState.parse(tracestate) } : {};
  return { ...parsed, ...state, isRemote: true };
};

/** Where the message stands in the trace of whoever sent it. */
export const messageSpanContext = ({ headers }: Pick<Message, 'headers'>): SpanContext | undefined =>
  headers === undefined ? undefined : spanContextOf(headers);

export const contextOf = (span: SpanContext | undefined): Context =>
  span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, span);

/** What a draft states of its trace, before anybody has looked whether it is one. */
export const statedSpanContext = (draft: unknown): SpanContext | undefined => {
  if (typeof draft !== 'object' || draft === null || !('headers' in draft)) return undefined;
  const { headers } = draft;
  return typeof headers === 'object' && headers !== null ? spanContextOf(headers as Headers) : undefined;
};
