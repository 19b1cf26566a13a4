import { readServerConfiguration } from '@charterbus/core-models';
import { freePort } from '@charterbus/tooling/testing';
import { trace } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { otlpSettings } from '../../src/observe/otlp-settings.js';
import { samplerOf } from '../../src/observe/sampler.js';
import { serverLogger } from '../../src/serve/server-logger.js';
import { startServer } from '../../src/serve/start-server.js';
import { startCollector } from '../support/collector.js';
import { scratchDirectory } from '../support/server-process.js';

const token = 'cbo_operator-of-the-otlp-tests';

const start = async (environment: Readonly<Record<string, string>>) => {
  const scratch = scratchDirectory();
  onTestFinished(() => scratch[Symbol.dispose]());
  const configuration = readServerConfiguration({
    CHARTERBUS_PORT: '0',
    CHARTERBUS_DATA_DIR: scratch.path,
    CHARTERBUS_OPERATOR_TOKEN: token,
    CHARTERBUS_DRAIN_MS: '1500',
  });
  return startServer(configuration, serverLogger('silent'), environment);
};

const post = async (url: string, credential: string, body: object) => {
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
};

/** Registers two agents and sends one message to the other. */
const sendOne = async (server: Awaited<ReturnType<typeof start>>): Promise<number> => {
  const { body } = await post(`${server.url}/v1/agents`, token, { id: 'planner', tenant: 'acme' });
  await post(`${server.url}/v1/agents`, token, { id: 'worker', tenant: 'acme' });
  const { shortHash } = server.constitution;
  const draft = { to: { agent: 'worker' }, type: 'query', content: 'needle', constitutionalHash: shortHash };
  return (await post(`${server.url}/v1/messages`, String(body['token']), draft)).status;
};

test('traces and metrics go where the environment says, and what waits is sent when the server drains', async () => {
  const collector = await startCollector();
  const server = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-token=a%20secret',
    OTEL_SERVICE_NAME: 'bus-of-the-test',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=tests',
  });
  expect(await sendOne(server)).toBe(202);
  await server.drain();
  const bodyOf = (path: string): string =>
    collector.requests
      .filter((request) => request.path === path)
      .map(({ body }) => body)
      .join('');
  for (const text of ['send worker', 'POST /v1/messages', 'bus-of-the-test', 'deployment.environment.name'])
    expect(bodyOf('/v1/traces')).toContain(text);
  for (const text of ['charterbus.admission', 'charterbus.queue_messages', 'bus-of-the-test'])
    expect(bodyOf('/v1/metrics')).toContain(text);
  expect(new Set(collector.requests.map((request) => request.token))).toEqual(new Set(['a secret']));
  expect(bodyOf('/v1/traces') + bodyOf('/v1/metrics')).not.toMatch(/needle|cba_|cbo_/);
});

test.each(['is not there', 'hangs'] as const)(
  'a collector that %s loses no message and does not keep the server from its end',
  async (what) => {
    const url = what === 'hangs' ? (await startCollector('hangs')).url : `http://127.0.0.1:${await freePort()}`;
    const server = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    expect(await sendOne(server)).toBe(202);
    const began = performance.now();
    const { queued } = await server.drain();
    expect(queued).toBe(1);
    expect(performance.now() - began).toBeLessThan(4500);
  },
);

test('without an endpoint nothing is set up', async () => {
  const server = await start({ OTEL_SERVICE_NAME: 'alone' });
  expect(trace.getTracer('any').startSpan('one').isRecording()).toBe(false);
  await server.drain();
});

const both = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

test.each([
  [{}, undefined, undefined],
  [both, 'http://collector:4318/v1/traces', 'http://collector:4318/v1/metrics'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, undefined, undefined],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/own' }, 'http://t/own', undefined],
  [{ ...both, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m/' }, 'http://collector:4318/v1/traces', 'http://m/'],
  [{ ...both, OTEL_TRACES_EXPORTER: 'none' }, undefined, 'http://collector:4318/v1/metrics'],
  [{ ...both, OTEL_METRICS_EXPORTER: 'none' }, 'http://collector:4318/v1/traces', undefined],
  [{ ...both, OTEL_SDK_DISABLED: 'true' }, undefined, undefined],
])('%j sends traces to %s and metrics to %s', (environment, traces, metrics) => {
  expect(otlpSettings(environment, 'traces')?.url).toBe(traces);
  expect(otlpSettings(environment, 'metrics')?.url).toBe(metrics);
});

test('headers and timeouts of one signal come before those of both, and what is malformed is left out', () => {
  const environment = {
    ...both,
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=%zz,=x,c',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'd=4',
    OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: 'soon',
  };
  expect(otlpSettings(environment, 'traces')).toMatchObject({ headers: { d: '4' }, timeoutMillis: 5000 });
  expect(otlpSettings(environment, 'metrics')).toMatchObject({ headers: { a: '1', b: '%zz' }, timeoutMillis: 10_000 });
});

test.each([
  [{}, 'ParentBased{root=AlwaysOnSampler'],
  [{ OTEL_TRACES_SAMPLER: 'always_on' }, 'AlwaysOnSampler'],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, 'AlwaysOffSampler'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 'TraceIdRatioBased{0.25}'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'many' }, 'TraceIdRatioBased{1}'],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 'ParentBased{root=AlwaysOffSampler'],
  [
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
    'ParentBased{root=TraceIdRatioBased{0.5}',
  ],
  [{ OTEL_TRACES_SAMPLER: 'made_up' }, 'ParentBased{root=AlwaysOnSampler'],
])('%j samples by %s', (environment, expected) => {
  expect(samplerOf(environment).toString()).toContain(expected);
});
