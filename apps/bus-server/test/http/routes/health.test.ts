import { memoryBackend, type OpenBackend } from '@charterbus/bus';
import { StoreError } from '@charterbus/core-models';
import { describe, expect, it } from 'vitest';
import { operatorToken, ServerBench } from '../../support/server-bench.js';

const operator = { token: operatorToken };

const failingDisk = (): { readonly backend: OpenBackend; fails: boolean } => {
  const disk = {
    fails: false,
    backend: async (environment: Parameters<OpenBackend>[0]) => ({
      ...(await memoryBackend()(environment)),
      checkWritable: () =>
        disk.fails ? Promise.reject(new StoreError('STORE_UNAVAILABLE', 'The disk is full.')) : Promise.resolve(),
    }),
  };
  return disk;
};

describe('health over HTTP', () => {
  it('is shown component by component, with its history where asked for', async () => {
    await using bench = await ServerBench.open();
    const { status, body } = await bench.ask('GET', '/v1/health?history=true', operator);
    expect(status).toBe(200);
    expect(body).toMatchObject({ now: { status: 'healthy', score: 1 }, history: [{ status: 'healthy' }] });
    const named = (body['now'] as { components: readonly { name: string }[] }).components.map(({ name }) => name);
    expect(named).toEqual(['store', 'registry', 'constitution', 'queues', 'usage']);
  });

  it('tells apart whether the process lives and whether it is to be given work', async () => {
    const disk = failingDisk();
    await using bench = await ServerBench.open({ backend: disk.backend });
    const probes = async () => {
      const [alive, ready] = [await bench.ask('GET', '/healthz'), await bench.ask('GET', '/readyz')];
      return [alive.status, ready.status, ready.body['code']];
    };
    expect(await probes()).toEqual([200, 200, undefined]);
    disk.fails = true;
    expect(await probes()).toEqual([200, 503, 'STORE_UNAVAILABLE']);
    disk.fails = false;
    expect(await probes()).toEqual([200, 200, undefined]);
  });

  it('is not ready while what judges is left alone, and says to strangers no more than that', async () => {
    await using bench = await ServerBench.open();
    using breaker = bench.bus.breakers.named('opa:policies.example');
    breaker.isolate();
    const { status, body, text } = await bench.ask('GET', '/readyz');
    expect([status, body['code']]).toEqual([503, 'HEALTH_CRITICAL']);
    expect(text).not.toContain('policies.example');
    breaker.close();
    expect((await bench.ask('GET', '/readyz')).status).toBe(200);
  });

  it('comes as events while somebody listens', async () => {
    await using bench = await ServerBench.open();
    const stop = new AbortController();
    const headers = { authorization: `Bearer ${operatorToken}` };
    const answer = await fetch(`${await bench.url()}/v1/health/events`, { headers, signal: stop.signal });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe(':\n\n');
    using breaker = bench.bus.breakers.named('screen:remote');
    breaker.isolate();
    await bench.bus.health.sample();
    const told = (await reader?.read())?.value ?? '';
    expect(told).toMatch(/^event: component\ndata: \{.*"name":"screen:remote".*\}\n\n$/);
    stop.abort();
  });
});

describe('recoveries over HTTP', () => {
  const by = { by: 'ada', why: 'replaced the disk' };

  it('wait for an operator where they are manual, and go on when confirmed', async () => {
    await using bench = await ServerBench.open();
    let mended = 0;
    const { recovery } = bench.bus;
    recovery.register({ name: 'crm', strategy: 'manual', recover: () => void (mended += 1), check: () => mended > 0 });
    const asked = await bench.ask('POST', '/v1/recoveries/crm', { ...operator, body: { reason: 'it is down' } });
    expect(asked).toMatchObject({ status: 200, body: { state: 'awaiting_manual', attempts: 0 } });
    expect(mended).toBe(0);
    const ended = Promise.withResolvers<void>();
    recovery.watch(({ to }) => (to === 'succeeded' ? ended.resolve() : undefined));
    const confirmed = await bench.ask('POST', '/v1/recoveries/crm/confirm', { ...operator, body: by });
    expect(confirmed).toMatchObject({ status: 200, body: { decision: { kind: 'confirmed', ...by } } });
    await ended.promise;
    const { body } = await bench.ask('GET', '/v1/recoveries', operator);
    expect(body).toMatchObject({ active: [], history: [{ component: 'crm', state: 'succeeded', attempts: 1 }] });
  });

  it('are refused, and are said not to be there, in plain codes', async () => {
    await using bench = await ServerBench.open();
    bench.bus.recovery.register({ name: 'crm', strategy: 'manual', recover: () => undefined, check: () => true });
    const ask = async (path: string, body: object) => {
      const answer = await bench.ask('POST', path, { ...operator, body });
      return [answer.status, answer.body['code'] ?? answer.body['state']];
    };
    expect(await ask('/v1/recoveries/none', { reason: 'x' })).toEqual([404, 'COMPONENT_NOT_FOUND']);
    expect(await ask('/v1/recoveries/crm/confirm', by)).toEqual([404, 'RECOVERY_NOT_FOUND']);
    expect(await ask('/v1/recoveries/crm', { reason: 'down' })).toEqual([200, 'awaiting_manual']);
    expect(await ask('/v1/recoveries/crm/refuse', { by: 'ada' })).toEqual([400, 'REQUEST_INVALID']);
    expect(await ask('/v1/recoveries/crm/refuse', by)).toEqual([200, 'cancelled']);
    expect(await ask('/v1/recoveries/crm/cancel', by)).toEqual([404, 'RECOVERY_NOT_FOUND']);
  });
});
