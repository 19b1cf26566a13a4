import { formatTraceparent, parseTraceparent } from '@charterbus/core-models';
import { recordSpans } from '@charterbus/tooling/spans';
import { opa, requireService } from '@charterbus/tooling/testing';
import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { beforeEach, describe, expect, it } from 'vitest';
import { startAskedOpa } from '../support/asked-opa.js';
import { ServerBench } from '../support/server-bench.js';

const headersOf = (span: Span) => ({ traceparent: formatTraceparent(span.spanContext()) });

interface Message {
  readonly id: string;
  readonly headers: { readonly traceparent: string };
}

interface Claimed {
  readonly deliveries: readonly { readonly id: string; readonly fencingToken: number; readonly message: Message }[];
}

/** As a worker elsewhere does: its work belongs to the message's trace, and so do its calls. */
const workOn = (traceparent: string, name: string): Span => {
  const sent = parseTraceparent(traceparent);
  const parent = sent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...sent, isRemote: true });
  return trace.getTracer('worker').startSpan(name, { kind: SpanKind.CONSUMER }, parent);
};

/** A message from one agent to another, whose worker takes and acknowledges it, all over HTTP. */
const sendAndWork = async (bench: ServerBench, plan: Span) => {
  const planner = await bench.register({ id: 'planner', tenant: 'acme' });
  const worker = await bench.register({ id: 'worker', tenant: 'acme' });
  const url = await bench.url();
  const post = async (
    path: string,
    token: string,
    headers: Record<string, string>,
    body: object,
  ): Promise<Response> => {
    const credential = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const all = { ...credential, ...headers };
    const reply = await fetch(url + path, { method: 'POST', headers: all, body: JSON.stringify(body) });
    expect(reply.status).toBeLessThan(300);
    return reply;
  };
  const { shortHash: constitutionalHash } = bench;
  const draft = { to: { agent: 'worker' }, type: 'query', content: { secret: 'needle' }, constitutionalHash };
  await post('/v1/messages', planner.token, headersOf(plan), draft);
  plan.end();
  const claimed = await post('/v1/deliveries/claim', worker.token, {}, { max: 1, waitMs: 0 });
  const [delivery] = ((await claimed.json()) as Claimed).deliveries;
  if (delivery === undefined) throw new Error('Nothing was claimed.');
  const { fencingToken, message } = delivery;
  const work = workOn(message.headers.traceparent, 'work');
  await post(`/v1/deliveries/${delivery.id}/ack`, worker.token, headersOf(work), { fencingToken });
  work.end();
  return plan.spanContext();
};

describe('the trace of one message', () => {
  beforeEach((test) => {
    requireService(test, opa);
  });

  it('is one tree from a client over HTTP, the bus and OPA to a worker that claims over HTTP', async () => {
    const recorded = recordSpans();
    const asked = await startAskedOpa();
    await using bench = await ServerBench.open({ constitution: asked.directory });
    const { traceId } = await sendAndWork(bench, recorded.tracer.startSpan('plan', {}, ROOT_CONTEXT));
    await bench.app.close();
    const own = recorded.spans.filter((span) => span.spanContext().traceId === traceId);
    expect(recorded.tree(own)).toEqual([
      'plan',
      '  POST /v1/messages',
      '    send worker',
      '      judge',
      '        evaluate opa',
      '        evaluate opa',
      '      commit',
      '      receive worker',
      '      work',
      '        POST /v1/deliveries/:id/ack',
      '          settle',
    ]);
    const calls = own.filter(({ name }) => name === 'evaluate opa');
    expect(calls.map(({ kind }) => kind)).toEqual([SpanKind.CLIENT, SpanKind.CLIENT]);
    expect(asked.traceparents).toEqual(calls.map((span) => formatTraceparent(span.spanContext())));
    expect(calls[0]?.attributes).toMatchObject({
      'server.address': '127.0.0.1',
      'charterbus.engine.decision': 'allow',
    });
    const told = recorded.spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    expect(JSON.stringify(told)).not.toMatch(/needle|cba_/);
  });
});

describe('requests', () => {
  it('belong to the trace that they name, and a malformed name begins one', async () => {
    const recorded = recordSpans();
    await using bench = await ServerBench.open();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await bench.ask('GET', '/healthz', { headers: { traceparent } });
    await bench.ask('GET', '/readyz', { headers: { traceparent: 'nonsense' } });
    expect(recorded.named('GET /healthz').parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331' });
    expect(recorded.named('GET /readyz').parentSpanContext).toBeUndefined();
    expect(recorded.named('GET /healthz').attributes).toMatchObject({
      'http.route': '/healthz',
      'http.request.method': 'GET',
      'http.response.status_code': 200,
    });
  });

  it('to paths that nobody knows have no name of their own', async () => {
    const recorded = recordSpans();
    await using bench = await ServerBench.open();
    await bench.ask('GET', '/made-up/path?secret=needle');
    const span = recorded.named('GET other');
    expect(JSON.stringify(span.attributes)).not.toMatch(/made-up|needle/);
    expect(span.attributes['charterbus.error.code'] ?? 'NOT_FOUND').toBe('NOT_FOUND');
  });

  it('do not need a propagator of the SDK', () => {
    expect(propagation.fields()).toEqual([]);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });
});
