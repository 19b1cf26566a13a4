import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operatorToken, refusalIn, ServerBench } from '../support/server-bench.js';
import { slowly } from '../support/slow-request.js';

/** What is known to have gone wrong elsewhere with who is speaking, and who is spoken to. */
describe('over HTTP', () => {
  let bench: ServerBench;

  beforeEach(async () => {
    bench = await ServerBench.open();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const register = async (id: string, tenant = 'acme', more: object = {}): Promise<string> =>
    String(
      (await bench.ask('POST', '/v1/agents', { token: operatorToken, body: { id, tenant, ...more } })).body['token'],
    );
  const send = (token: string, to: string | object, more: Readonly<Record<string, unknown>> = {}) => {
    const body = typeof to === 'string' ? bench.draft(to, more) : bench.draft('', { to, ...more });
    return bench.ask('POST', '/v1/messages', { token, body });
  };
  const claimedBy = async (token: string): Promise<readonly { readonly message: { readonly from: string } }[]> => {
    const { body } = await bench.ask('POST', '/v1/deliveries/claim', { token, body: { waitMs: 0 } });
    return body['deliveries'] as never;
  };
  const sentSoFar = async () =>
    (await bench.ask('GET', '/v1/messages', { token: operatorToken })).body['messages'] as readonly unknown[];

  it('nobody who is not registered sends, nor whoever was', async () => {
    const worker = await register('worker');
    const gone = await register('gone');
    await bench.ask('DELETE', '/v1/agents/gone', { token: operatorToken });
    for (const token of [gone, 'cba_'.padEnd(47, 'A'), 'gone', 'acme/worker']) {
      expect(refusalIn(await send(token, 'worker', { from: 'gone', tenant: 'acme' }))).toBe('CREDENTIAL_REFUSED');
    }
    expect(refusalIn(await send(worker, 'worker', { from: 'gone' }))).toBe('IDENTITY_CLAIMED');
    expect(await sentSoFar()).toEqual([]);
  });

  it('a registration overwrites nobody', async () => {
    const before = await register('worker', 'acme', { role: 'worker' });
    const body = { id: 'worker', tenant: 'acme', role: 'executive' };
    const answers = [1, 2, 3].map(() => bench.ask('POST', '/v1/agents', { token: operatorToken, body }));
    for (const answer of await Promise.all(answers)) expect(refusalIn(answer)).toBe('AGENT_ALREADY_REGISTERED');
    const { body: agent } = await bench.ask('GET', '/v1/agents/worker', { token: before });
    expect(agent['role']).toBe('worker');
  });

  it('nobody receives what was sent to another, whatever their ids', async () => {
    const planner = await register('planner');
    const worker = await register('worker');
    const others = [planner, await register('worker', 'globex'), await register('other')];
    await send(planner, 'worker');
    for (const token of others) expect(await claimedBy(token)).toEqual([]);
    expect(await claimedBy(worker)).toMatchObject([{ message: { from: 'planner', tenant: 'acme' } }]);
  });

  it('a message to nobody is not delivered, and says so', async () => {
    const planner = await register('planner');
    const refused = await send(planner, 'nobody');
    expect(refusalIn(refused)).toBe('RECIPIENT_UNREACHABLE');
    const way = await bench.ask('GET', `/v1/messages/${String(refused.body['messageId'])}`, { token: planner });
    expect(way.body).toMatchObject({ deliveries: [], recipients: { allowed: 0, held: 0 } });
    expect(['delivered', 'pending', 'processing']).not.toContain(way.body['status']);
  });

  it('messages go by who is registered now, and what is known of them now', async () => {
    const planner = await register('planner');
    const capable = { capability: 'draw' };
    expect(refusalIn(await send(planner, capable))).toBe('RECIPIENT_UNREACHABLE');
    const first = await register('first', 'acme', { capabilities: ['draw'] });
    const second = await register('second');
    await register('third', 'globex', { capabilities: ['draw'] });
    expect((await send(planner, capable)).status).toBe(202);
    expect(await claimedBy(first)).toHaveLength(1);
    const patch = (id: string, capabilities: readonly string[]) =>
      bench.ask('PATCH', `/v1/agents/${id}`, { token: operatorToken, body: { capabilities } });
    await Promise.all([patch('first', []), patch('second', ['draw'])]);
    expect((await send(planner, capable)).status).toBe(202);
    expect([await claimedBy(first), (await claimedBy(second)).length]).toEqual([[], 1]);
    await bench.ask('POST', '/v1/agents/second/quarantine', { token: operatorToken, body: { reason: 'x' } });
    expect(refusalIn(await send(planner, capable))).toBe('RECIPIENT_UNREACHABLE');
  });

  it('a token that ends is no longer good for a message that was begun before', async () => {
    const planner = await register('planner');
    await register('worker');
    const { body } = await bench.ask('GET', '/v1/agents/planner/credentials', { token: planner });
    const [{ id } = { id: '' }] = body['credentials'] as readonly { readonly id: string }[];
    const request = { path: '/v1/messages', token: planner, text: JSON.stringify(bench.draft('worker')) };
    const code = await slowly(bench, request, () =>
      bench.ask('DELETE', `/v1/agents/planner/credentials/${id}`, { token: operatorToken }),
    );
    expect(code).toBe('CREDENTIAL_REFUSED');
    expect(await sentSoFar()).toEqual([]);
  });
});
