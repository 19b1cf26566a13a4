import { expect, it } from 'vitest';
import { operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';

it('the kill switch over HTTP stops, is listed, and is lifted with a reason', async () => {
  await using bench = await ServerBench.open();
  const { token: planner } = await bench.register({ id: 'planner', tenant: 'acme' });
  const { token: worker } = await bench.register({ id: 'worker', tenant: 'acme' });
  const ask = (url: string, body?: unknown) =>
    bench.ask(body === undefined ? 'GET' : 'POST', url, { token: operatorToken, body });
  const send = () => bench.ask('POST', '/v1/messages', { token: planner, body: bench.draft('worker') });
  const claim = () => bench.ask('POST', '/v1/deliveries/claim', { token: worker, body: { waitMs: 0 } });
  await send();
  const target = { tenant: 'acme', agent: 'planner' };
  expect((await ask('/v1/halts', { ...target, reason: 'rogue' })).body).toMatchObject({ ...target, reason: 'rogue' });
  expect(refusalIn(await send())).toBe('HALT_IN_FORCE');
  expect((await claim()).body['deliveries']).toEqual([]);
  await ask('/v1/halts', { everything: true, reason: 'stop' });
  expect(refusalIn(await claim())).toBe('HALT_IN_FORCE');
  expect((await ask('/v1/halts')).body['halts']).toMatchObject([target, { everything: true, reason: 'stop' }]);
  for (const one of [target, { everything: true }]) {
    expect((await ask('/v1/halts/lift', { ...one, reason: 'fine' })).body).toEqual({ lifted: true });
    expect((await ask('/v1/halts/lift', { ...one, reason: 'fine' })).body).toEqual({ lifted: false });
  }
  expect((await claim()).body['deliveries']).toHaveLength(1);
  const wrong = [
    target,
    { reason: 'x' },
    { everything: true, tenant: 'acme', reason: 'x' },
    { agent: 'planner', reason: 'x' },
  ];
  for (const body of wrong) expect(refusalIn(await ask('/v1/halts', body))).toBe('REQUEST_INVALID');
});
