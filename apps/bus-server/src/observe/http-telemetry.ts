import { spanContextOf } from '@charterbus/bus';
import { type Clock, toCharterbusError } from '@charterbus/core-models';
import { type Instruments, registeredTracer } from '@charterbus/metering';
import { type Context, context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '../http/http-server.js';

/** What is told of a request once it is answered. */
interface Told {
  readonly began: number;
  readonly span: Span | undefined;
  readonly active: Context;
}

declare module 'fastify' {
  interface FastifyRequest {
    told: Told | null;
  }
}

const otherRoute = 'other';

/** The pattern of the route; nothing that a caller can make up. */
const routeOf = ({ is404, routeOptions }: FastifyRequest): string =>
  is404 ? otherRoute : (routeOptions.url ?? otherRoute);

const single = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : '');

/** As RFC 9110 has them; anything else could be made up. */
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);
const methodOf = ({ method }: FastifyRequest): string => (methods.has(method) ? method : '_OTHER');

const begin = (request: FastifyRequest, clock: Pick<Clock, 'monotonic'>): Told => {
  const began = clock.monotonic();
  const tracer = registeredTracer('@charterbus/bus-server');
  if (tracer === undefined) return { began, span: undefined, active: ROOT_CONTEXT };
  const { headers } = request;
  const caller = spanContextOf({
    traceparent: single(headers['traceparent']),
    tracestate: single(headers['tracestate']),
  });
  const parent = caller === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, caller);
  const route = routeOf(request);
  const attributes = {
    'http.request.method': methodOf(request),
    'url.scheme': 'http',
    // Of what no route takes the path is whatever somebody wrote.
    ...(route === otherRoute ? {} : { 'http.route': route, 'url.path': request.url.split('?', 1)[0] ?? '' }),
  };
  const name = `${methodOf(request)} ${route}`;
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  return { began, span, active: trace.setSpan(parent, span) };
};

const end = (request: FastifyRequest, reply: FastifyReply, instruments: Instruments, now: number): void => {
  const { told } = request;
  if (told === null) return;
  const { statusCode } = reply;
  const labels = [routeOf(request), methodOf(request), `${Math.floor(statusCode / 100)}xx`];
  const reference = told.span?.isRecording() === true ? told.span.spanContext() : undefined;
  instruments.counter('charterbus_http_requests_total', ...labels).add(1);
  instruments.histogram('charterbus_http_request_seconds', ...labels).observe((now - told.began) / 1000, reference);
  if (told.span === undefined) return;
  told.span.setAttribute('http.response.status_code', statusCode);
  if (statusCode >= 500) {
    told.span.setAttribute('error.type', String(statusCode));
    told.span.setStatus({ code: SpanStatusCode.ERROR });
  }
  told.span.end();
};

/**
 * Counts and times requests by the pattern of their route, and puts a span round each where an SDK is registered, in the trace
 * that the caller names. First of all hooks.
 */
export const tellRequests = (app: HttpServer, instruments: Instruments, clock: Pick<Clock, 'monotonic'>): void => {
  app.decorateRequest('told', null);
  const inside = ({ told }: FastifyRequest, done: () => void): void => {
    if (told?.span === undefined) done();
    else context.with(told.active, done);
  };
  app.addHook('onRequest', (request, _reply, done) => {
    request.told = begin(request, clock);
    inside(request, done);
  });
  // A body comes in turns of the socket's, which are inside of nothing.
  app.addHook('preValidation', (request, _reply, done) => inside(request, done));
  app.addHook('onError', (request, _reply, error, done) => {
    request.told?.span?.setAttribute('charterbus.error.code', toCharterbusError(error).code);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    end(request, reply, instruments, clock.monotonic());
    done();
  });
};
