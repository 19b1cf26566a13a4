import { ManualClock, quotasManifestSchema } from '@charterbus/core-models';
import { type Rule, rulesConstitution } from '@charterbus/policy-client/testing';
import { describe, expect, it } from 'vitest';
import { operatorToken, ServerBench } from '../../support/server-bench.js';

const rules: readonly Rule[] = [{ id: 'all', effect: 'permit', sameTenant: true }];

const open = async (quotas: unknown = {}) => {
  const clock = new ManualClock();
  const manifest = { quotas: quotasManifestSchema.parse(quotas) };
  const constitution = rulesConstitution(rules, { clock, timers: clock, manifest });
  const bench = await ServerBench.open({ clock, timers: clock, constitution });
  const { token: planner } = await bench.register({ tenant: 'north', id: 'planner' });
  await bench.register({ tenant: 'north', id: 'worker' });
  const { token: stranger } = await bench.register({ tenant: 'south', id: 'stranger' });
  const send = (more: object = {}) =>
    bench.ask('POST', '/v1/messages', { token: planner, body: bench.draft('worker', { ...more }) });
  return { bench, clock, planner, stranger, send };
};

const today = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z';

describe('usage over HTTP', () => {
  it('is what was counted, with tokens and cost as senders stated them', async () => {
    const { bench, send } = await open();
    await using _bench = bench;
    expect((await send({ usage: { inputTokens: 10, outputTokens: 5, cost: 0.25 } })).status).toBe(202);
    await bench.bus.operations.usage.settled();
    const { status, body } = await bench.ask('GET', `/v1/usage?${today}&groupBy=operation,tenant`, {
      token: operatorToken,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ complete: true });
    expect(body['totals']).toContainEqual(
      expect.objectContaining({
        at: '2026-01-01T00:00:00.000Z',
        tenant: 'north',
        operation: 'agent_message',
        quantity: 1,
        inputTokens: 10,
        outputTokens: 5,
        cost: 0.25,
      }),
    );
  });

  it("is for agents their own tenant's, and nobody else's", async () => {
    const { bench, planner, stranger, send } = await open();
    await using _bench = bench;
    await send();
    await bench.bus.operations.usage.settled();
    const own = await bench.ask('GET', `/v1/usage?${today}&groupBy=tenant`, { token: planner });
    expect(own.body['totals']).toMatchObject([{ tenant: 'north' }]);
    const others = await bench.ask('GET', `/v1/usage?${today}&groupBy=tenant`, { token: stranger });
    expect(others.body['totals']).toEqual([]);
    const asked = await bench.ask('GET', `/v1/usage?${today}&tenant=north`, { token: stranger });
    expect([asked.status, asked.body['code']]).toEqual([403, 'OPERATOR_REQUIRED']);
  });

  it('says whether there is more', async () => {
    const { bench, send } = await open();
    await using _bench = bench;
    await send();
    await bench.bus.operations.usage.settled();
    const { body } = await bench.ask('GET', `/v1/usage?${today}&limit=1`, { token: operatorToken });
    expect(body).toMatchObject({ complete: false, totals: [expect.anything()] });
  });

  it.each([
    'from=yesterday&to=today',
    today.replace('from', 'form'),
    `${today}&groupBy=colour`,
    `${today}&limit=0`,
    `${today}&bucket=week`,
  ])('refuses %s', async (query) => {
    const { bench } = await open();
    await using _bench = bench;
    const { status, body } = await bench.ask('GET', `/v1/usage?${query}`, { token: operatorToken });
    expect([status, body['code']]).toEqual([400, 'REQUEST_INVALID']);
  });
});

describe('quotas over HTTP', () => {
  const quotas = {
    mine: { kind: 'budget', limit: 2, period: 'day' },
    ours: { kind: 'budget', limit: 10, period: 'day', per: 'tenant' },
  };

  it('deny with the time after which it is worth trying again', async () => {
    const { bench, send } = await open({ quick: { kind: 'rate', messages: 1, seconds: 20 } });
    await using _bench = bench;
    await send();
    const refused = await send();
    expect(refused).toMatchObject({ status: 429, body: { code: 'QUOTA_EXCEEDED', retryAfterMs: 20_000 } });
    expect(refused.headers['retry-after']).toBe('20');
  });

  it("show agents what they and their tenant have used, and operators any tenant's", async () => {
    const { bench, planner, stranger, send } = await open(quotas);
    await using _bench = bench;
    await send();
    const used = [
      { quota: 'mine', kind: 'budget', subject: 'north/planner', used: 1, limit: 2, share: 0.5 },
      { quota: 'ours', kind: 'budget', subject: 'north', used: 1, limit: 10, share: 0.1 },
    ].map((quota) => ({ ...quota, resetsAt: '2026-01-02T00:00:00.000Z' }));
    expect((await bench.ask('GET', '/v1/quotas', { token: planner })).body['quotas']).toEqual(used);
    expect((await bench.ask('GET', '/v1/quotas', { token: stranger })).body['quotas']).toEqual([]);
    expect((await bench.ask('GET', '/v1/quotas?tenant=north', { token: operatorToken })).body['quotas']).toEqual(used);
    expect((await bench.ask('GET', '/v1/quotas', { token: operatorToken })).status).toBe(400);
  });
});
