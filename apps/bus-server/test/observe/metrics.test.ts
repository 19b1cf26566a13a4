import { recordSpans } from '@charterbus/tooling/spans';
import { describe, expect, it } from 'vitest';
import { processMetrics } from '../../src/observe/process-metrics.js';
import { operatorToken, ServerBench } from '../support/server-bench.js';

const read = async (bench: ServerBench, headers: Readonly<Record<string, string>> = {}) =>
  bench.app.inject({
    method: 'GET',
    url: '/metrics',
    headers: { authorization: `Bearer ${operatorToken}`, ...headers },
  });

/** The values of one metric by the text of their labels. */
const valuesOf = (text: string, name: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .map((line) => {
        const [, labels = '', value] = /^[a-z_]+(?:\{(.*?)\})? (\S+)/.exec(line) ?? [];
        return [labels, Number(value)];
      }),
  );

const sendOne = async (bench: ServerBench): Promise<void> => {
  const { token } = await bench.register({ id: 'planner', tenant: 'acme' });
  await bench.register({ id: 'worker', tenant: 'acme' });
  const body = { to: { agent: 'worker' }, type: 'query', content: 1, constitutionalHash: bench.shortHash };
  expect((await bench.ask('POST', '/v1/messages', { token, body })).status).toBe(202);
};

describe('GET /metrics', () => {
  it('tells what was done, in the text form of Prometheus', async () => {
    await using bench = await ServerBench.open();
    await sendOne(bench);
    const reply = await read(bench);
    expect(reply.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = reply.payload;
    expect(text).toContain('# TYPE charterbus_admission_seconds histogram');
    expect(valuesOf(text, 'charterbus_admissions_total')).toMatchObject({ 'outcome="accepted",code="none"': 1 });
    expect(valuesOf(text, 'charterbus_queue_messages')).toMatchObject({ 'state="queued"': 1, 'state="held"': 0 });
    expect(valuesOf(text, 'charterbus_admission_seconds_count')).toMatchObject({ 'outcome="accepted"': 1 });
    expect(valuesOf(text, 'charterbus_admission_seconds_bucket')).toMatchObject({ 'le="+Inf",outcome="accepted"': 1 });
    expect(valuesOf(text, 'charterbus_http_requests_total')).toEqual({
      'route="/v1/messages",method="POST",status="2xx"': 1,
    });
  });

  it('has exemplars in OpenMetrics, of what was done inside of a recorded trace', async () => {
    const recorded = recordSpans();
    await using bench = await ServerBench.open();
    await sendOne(bench);
    const reply = await read(bench, { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' });
    expect(reply.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const { traceId, spanId } = recorded.named('send worker').spanContext();
    const line = reply.payload
      .split('\n')
      .find((one) => one.startsWith('charterbus_admission_seconds_bucket') && one.includes('# {'));
    expect(line).toContain(`# {trace_id="${traceId}",span_id="${spanId}"}`);
    expect(reply.payload).toContain('# TYPE charterbus_admissions counter');
    expect(reply.payload.endsWith('# EOF\n')).toBe(true);
    expect((await read(bench)).payload).toContain('# TYPE charterbus_admissions_total counter');
  });

  it('tells of the process beside the bus', async () => {
    await using bench = await ServerBench.open({}, { metrics: { access: 'operator', process: processMetrics() } });
    for (const accept of ['*/*', 'application/openmetrics-text', '*/*']) {
      expect((await read(bench, { accept })).payload).toContain('process_cpu_user_seconds_total');
    }
  });

  it("is the operator's unless it is said to be open", async () => {
    await using closed = await ServerBench.open();
    const { token } = await closed.register({ id: 'planner', tenant: 'acme' });
    expect((await closed.app.inject({ method: 'GET', url: '/metrics' })).statusCode).toBe(401);
    expect((await read(closed, { authorization: `Bearer ${token}` })).statusCode).toBe(403);
    await using open = await ServerBench.open({}, { metrics: { access: 'open' } });
    expect((await open.app.inject({ method: 'GET', url: '/metrics' })).statusCode).toBe(200);
  });

  it('is not there where it is off', async () => {
    await using bench = await ServerBench.open({}, { metrics: { access: 'off' } });
    expect((await read(bench)).statusCode).toBe(404);
  });

  it('does not grow by what strangers make up', async () => {
    await using bench = await ServerBench.open();
    for (let count = 0; count < 500; count++) {
      await bench.app.inject({ method: count % 2 === 0 ? 'GET' : 'PUT', url: `/made-up-${count}/x?y=${count}` });
      await bench.app.inject({ method: 'GET', url: `/v1/messages/made-up-${count}` });
    }
    expect(valuesOf((await read(bench)).payload, 'charterbus_http_requests_total')).toEqual({
      'route="other",method="GET",status="4xx"': 250,
      'route="other",method="PUT",status="4xx"': 250,
      'route="/v1/messages/:id",method="GET",status="4xx"': 500,
    });
  });
});
