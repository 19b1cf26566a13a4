import { agentSchema } from '@charterbus/core-models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateSchema } from '../../../src/http/schemas/identity.js';
import { operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';

describe('what becomes of an agent', () => {
  let bench: ServerBench;
  let own: string;
  const token = operatorToken;

  beforeEach(async () => {
    bench = await ServerBench.open();
    const draft = { id: 'worker', tenant: 'acme', role: 'worker', capabilities: ['plan'], leaseMs: 60_000 };
    own = (await bench.register(draft)).token;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const patch = (body: unknown, path = 'worker') => bench.ask('PATCH', `/v1/agents/${path}`, { token, body });
  const say = (verb: string, body: unknown, path = 'worker') =>
    bench.ask('POST', `/v1/agents/${path}/${verb}`, { token, body });
  const state = async (shown = token) =>
    stateSchema.parse((await bench.ask('GET', '/v1/agents/worker/state', { token: shown })).body);

  it('is changed by the operator, and null takes away', async () => {
    const changed = await patch({ role: null, capabilities: ['draw'], type: 'robot', metadata: { owner: 'ops' } });
    expect(changed.status).toBe(200);
    const agent = agentSchema.parse(changed.body);
    expect(agent).toMatchObject({ capabilities: ['draw'], type: 'robot', metadata: { owner: 'ops' }, leaseMs: 60_000 });
    expect(agent.role).toBeUndefined();
    expect((await bench.ask('GET', '/v1/agents/worker', { token: own })).body).toEqual(changed.body);
    const found = await bench.ask('GET', '/v1/agents?type=robot&status=active', { token });
    expect(found.body['agents']).toEqual([changed.body]);
    expect((await bench.ask('GET', '/v1/agents?type=human', { token })).body['agents']).toEqual([]);
  });

  it('is changed neither in who it is nor into what is not valid', async () => {
    for (const body of [
      { id: 'other' },
      { tenant: 'globex' },
      { leaseMs: 1 },
      { publicKey: 'x' },
      { capabilities: null },
    ]) {
      expect(refusalIn(await patch(body))).toBe('AGENT_INVALID');
    }
    expect(refusalIn(await patch({ role: 'x' }, 'nobody'))).toBe('AGENT_NOT_REGISTERED');
    expect(refusalIn(await patch({ role: 'x' }, 'worker?tenant=globex'))).toBe('AGENT_NOT_REGISTERED');
    await bench.register({ id: 'worker', tenant: 'globex' });
    expect(refusalIn(await patch({ role: 'x' }))).toBe('AGENT_AMBIGUOUS');
  });

  it('is told to the operator and to itself', async () => {
    const mine = await state(own);
    expect(mine.status).toBe('active');
    expect(Date.parse(String(mine.leaseUntil))).toBeGreaterThan(Date.now());
    const heard = await bench.ask('POST', '/v1/agents/worker/heartbeat', { token: own });
    expect(heard.status).toBe(200);
    expect(stateSchema.parse(heard.body).heardAt).toBeDefined();
  });

  it('is said by nobody for another', async () => {
    await bench.register({ id: 'other', tenant: 'acme' });
    await bench.register({ id: 'worker', tenant: 'globex' });
    const answers = new Set<string>();
    for (const path of ['other', 'nobody', 'worker?tenant=globex', 'other?tenant=acme']) {
      const [id = '', query = ''] = path.split('?');
      for (const [method, rest] of [
        ['POST', 'heartbeat'],
        ['GET', 'state'],
        ['GET', 'credentials'],
      ] as const) {
        answers.add((await bench.ask(method, `/v1/agents/${id}/${rest}?${query}`, { token: own })).text);
      }
    }
    expect([...answers]).toEqual([expect.stringContaining('OPERATOR_REQUIRED')]);
  });

  it('is to be quarantined, for a reason, until it is reinstated', async () => {
    const quarantined = await say('quarantine', { reason: 'spreads rumours' });
    expect(quarantined.status).toBe(200);
    expect(stateSchema.parse(quarantined.body)).toMatchObject({
      status: 'quarantined',
      quarantine: { reason: 'spreads rumours' },
    });
    expect(refusalIn(await bench.ask('GET', '/v1/agents/worker', { token: own }))).toBe('AGENT_QUARANTINED');
    const listed = await bench.ask('GET', '/v1/agents?status=quarantined', { token });
    expect(listed.body['agents']).toMatchObject([{ id: 'worker' }]);
    expect(refusalIn(await say('quarantine', {}))).toBe('REQUEST_INVALID');
    expect(refusalIn(await say('reinstate', { reason: '' }))).toBe('REQUEST_INVALID');
    expect((await say('reinstate', { reason: 'they were true' })).body).toMatchObject({ status: 'active' });
    expect((await state(own)).quarantine).toBeUndefined();
    expect(refusalIn(await say('quarantine', { reason: 'x' }, 'nobody'))).toBe('AGENT_NOT_REGISTERED');
  });
});
