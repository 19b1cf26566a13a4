import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliverySchema } from '../../../src/http/schemas/governance.js';
import { deadLetterSchema, traceSchema } from '../../../src/http/schemas/trace.js';
import { operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';

describe('topics over HTTP', () => {
  let bench: ServerBench;
  let planner: string;
  let worker: string;
  let other: string;

  beforeEach(async () => {
    bench = await ServerBench.open();
    planner = (await bench.register({ id: 'planner', tenant: 'acme', role: 'executive' })).token;
    worker = (await bench.register({ id: 'worker', tenant: 'acme' })).token;
    other = (await bench.register({ id: 'other', tenant: 'acme' })).token;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const subscribe = (token: string, body: unknown) => bench.ask('POST', '/v1/subscriptions', { token, body });
  const publish = (topic: string, more: object = {}) => {
    const body = { ...bench.draft('nobody'), type: 'event', to: { topic }, ...more };
    return bench.ask('POST', '/v1/messages', { token: planner, body });
  };
  const claim = async (token: string) => {
    const { body } = await bench.ask('POST', '/v1/deliveries/claim', { token, body: { waitMs: 0 } });
    return (body['deliveries'] as readonly unknown[]).map((delivery) => deliverySchema.parse(delivery));
  };

  it('come to whoever is subscribed, and to one of each queue group', async () => {
    expect((await subscribe(worker, { pattern: 'orders.>' })).status).toBe(204);
    for (const token of [worker, other]) await subscribe(token, { pattern: 'orders.*.created', group: 'crew' });
    const receipt = await publish('orders.eu.created');
    expect(receipt.body).toMatchObject({ status: 'accepted', recipients: { allowed: 2, held: 0, denied: 0 } });
    expect(await claim(worker)).toHaveLength(2);
    expect(await claim(other)).toEqual([]);
    const id = String(receipt.body['messageId']);
    const trace = traceSchema.parse((await bench.ask('GET', `/v1/messages/${id}`, { token: operatorToken })).body);
    expect(trace.deliveries.map(({ recipient }) => recipient)).toEqual([
      { tenant: 'acme', agent: 'worker' },
      { tenant: 'acme', group: 'crew' },
    ]);
    expect(trace.deliveries[1]?.history).toMatchObject([
      { kind: 'granted', holder: 'acme/worker' },
      { kind: 'judged-again' },
    ]);
  });

  it('are settled by the member that holds the lease, and by no other', async () => {
    for (const token of [worker, other]) await subscribe(token, { pattern: 'jobs.*', group: 'crew' });
    await publish('jobs.new');
    const [delivery] = await claim(worker);
    const body = { fencingToken: delivery?.fencingToken };
    const settle = (verb: string, token: string) =>
      bench.ask('POST', `/v1/deliveries/${delivery?.id}/${verb}`, { token, body });
    expect(refusalIn(await settle('ack', other))).toBe('DELIVERY_NOT_FOUND');
    expect((await settle('reject', worker)).status).toBe(204);
    const url = '/v1/dead-letters?tenant=acme&group=crew';
    const { body: page } = await bench.ask('GET', url, { token: operatorToken });
    const [letter] = page['deadLetters'] as readonly unknown[];
    expect(deadLetterSchema.parse(letter)).toMatchObject({ recipient: { tenant: 'acme', group: 'crew' } });
    const half = await bench.ask('GET', '/v1/dead-letters?group=crew', { token: operatorToken });
    expect(refusalIn(half)).toBe('REQUEST_INVALID');
  });

  it('to nobody are told so, and so are topics of another tenant', async () => {
    expect(refusalIn(await publish('orders.created'))).toBe('RECIPIENT_UNREACHABLE');
    const { token } = await bench.register({ id: 'worker', tenant: 'rival' });
    const unknown = await publish('orders.created', { to: { topic: 'orders.created', tenant: 'rival' } });
    await subscribe(token, { pattern: 'orders.>' });
    const forbidden = await publish('orders.created', { to: { topic: 'orders.created', tenant: 'rival' } });
    const told = ({ body }: typeof unknown) => ({ ...body, messageId: '', instance: '' });
    expect(told(forbidden)).toEqual(told(unknown));
    for (const topic of ['orders.*', 'a..b', '']) expect(refusalIn(await publish(topic))).toBe('MESSAGE_INVALID');
  });

  it('are listed for their agent and for the operator, and end', async () => {
    await subscribe(worker, { pattern: 'orders.>' });
    await subscribe(worker, { pattern: 'jobs.*', group: 'crew' });
    await subscribe(other, { pattern: 'jobs.*', group: 'crew' });
    const mine = await bench.ask('GET', '/v1/subscriptions', { token: worker });
    expect(mine.body['subscriptions']).toMatchObject([
      { tenant: 'acme', agent: 'worker', pattern: 'jobs.*', group: 'crew' },
      { pattern: 'orders.>' },
    ]);
    const all = await bench.ask('GET', '/v1/subscriptions?tenant=acme&limit=2', { token: operatorToken });
    expect(all.body).toMatchObject({
      subscriptions: [{ agent: 'other' }, { agent: 'worker' }],
      next: expect.any(String) as string,
    });
    const groups = await bench.ask('GET', '/v1/groups', { token: operatorToken });
    expect(groups.body).toEqual({
      groups: [{ tenant: 'acme', group: 'crew', members: ['other', 'worker'], unfinished: 0 }],
    });
    const end = () => bench.ask('DELETE', '/v1/subscriptions?pattern=orders.%3E', { token: worker });
    expect([(await end()).body, (await end()).body]).toEqual([{ ended: true }, { ended: false }]);
  });

  it('are refused where they are none', async () => {
    for (const body of [{}, { pattern: 'a..b' }, { pattern: 'a', group: '#x' }, { pattern: 'a', more: 1 }]) {
      expect(refusalIn(await subscribe(worker, body))).toBe('REQUEST_INVALID');
    }
    expect(refusalIn(await bench.ask('DELETE', '/v1/subscriptions', { token: worker }))).toBe('REQUEST_INVALID');
    expect(refusalIn(await bench.ask('GET', '/v1/subscriptions?agent=x', { token: operatorToken }))).toBe(
      'REQUEST_INVALID',
    );
  });
});

describe('pauses over HTTP', () => {
  it('hold back, are listed, and end', async () => {
    await using bench = await ServerBench.open();
    const { token: planner } = await bench.register({ id: 'planner', tenant: 'acme' });
    const { token: worker } = await bench.register({ id: 'worker', tenant: 'acme' });
    const ask = (url: string, body?: unknown) =>
      bench.ask(body === undefined ? 'GET' : 'POST', url, { token: operatorToken, body });
    const target = { tenant: 'acme', agent: 'worker' };
    const paused = await ask('/v1/pauses', { ...target, reason: 'repairs' });
    expect(paused.body).toMatchObject({ ...target, reason: 'repairs' });
    await bench.ask('POST', '/v1/messages', { token: planner, body: bench.draft('worker', { delayMs: 0 }) });
    const claim = async () =>
      (await bench.ask('POST', '/v1/deliveries/claim', { token: worker, body: { waitMs: 0 } })).body['deliveries'];
    expect(await claim()).toEqual([]);
    await ask('/v1/pauses', { tenant: 'acme', topic: 'orders.>' });
    expect((await ask('/v1/pauses')).body['pauses']).toMatchObject([target, { topic: 'orders.>', reason: 'PAUSED' }]);
    const resume = () => ask('/v1/pauses/resume', { ...target, reason: 'repaired' });
    expect([(await resume()).body, (await resume()).body]).toEqual([{ resumed: true }, { resumed: false }]);
    expect(await claim()).toHaveLength(1);
    for (const body of [{}, { tenant: 'a', agent: 'b', topic: 'c' }, { tenant: 'a', topic: '>.a' }]) {
      expect(refusalIn(await ask('/v1/pauses', body))).toBe('REQUEST_INVALID');
    }
  });
});
