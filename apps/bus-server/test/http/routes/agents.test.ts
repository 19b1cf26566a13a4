import { agentSchema } from '@charterbus/core-models';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';

describe('agents', () => {
  let bench: ServerBench;
  const token = operatorToken;

  beforeEach(async () => {
    bench = await ServerBench.open();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const register = (body: unknown) => bench.ask('POST', '/v1/agents', { token, body });

  it('are registered, with a token that works and is not cached', async () => {
    const answer = await register({ id: 'planner', tenant: 'acme', role: 'executive', capabilities: ['plan'] });
    expect(answer.status).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(agentSchema.parse(answer.body['agent'])).toMatchObject({ id: 'planner', tenant: 'acme', role: 'executive' });
    const own = await bench.ask('GET', '/v1/agents/planner', { token: String(answer.body['token']) });
    expect(own.body).toEqual(answer.body['agent']);
  });

  it('are registered once', async () => {
    await register({ id: 'planner', tenant: 'acme' });
    expect(refusalIn(await register({ id: 'planner', tenant: 'acme' }))).toBe('AGENT_ALREADY_REGISTERED');
  });

  it('are refused with a code of their own where they are not valid', async () => {
    for (const body of [
      {},
      { id: 'a' },
      { id: 'a/b', tenant: 't' },
      { id: 'a', tenant: 't', more: 1 },
      [],
      'null',
      '{"id":"a","id":"b","tenant":"t"}',
    ]) {
      expect(refusalIn(await register(body))).toBe('AGENT_INVALID');
    }
    expect(refusalIn(await register('{'))).toBe('MESSAGE_MALFORMED');
    expect(refusalIn(await register({ id: 'a'.repeat(70_000), tenant: 't' }))).toBe('REQUEST_TOO_LARGE');
  });

  it('are found by their id alone while one tenant has it', async () => {
    await register({ id: 'worker', tenant: 'acme' });
    expect((await bench.ask('GET', '/v1/agents/worker', { token })).body).toMatchObject({ tenant: 'acme' });
    await register({ id: 'worker', tenant: 'globex' });
    expect(refusalIn(await bench.ask('GET', '/v1/agents/worker', { token }))).toBe('AGENT_AMBIGUOUS');
    expect(refusalIn(await bench.ask('DELETE', '/v1/agents/worker', { token }))).toBe('AGENT_AMBIGUOUS');
    const found = await bench.ask('GET', '/v1/agents/worker?tenant=globex', { token });
    expect(found.body).toMatchObject({ tenant: 'globex' });
    expect(refusalIn(await bench.ask('GET', '/v1/agents/worker?tenant=initech', { token }))).toBe(
      'AGENT_NOT_REGISTERED',
    );
    expect(refusalIn(await bench.ask('GET', '/v1/agents/nobody', { token }))).toBe('AGENT_NOT_REGISTERED');
  });

  it('look at themselves only', async () => {
    const { token: own } = await bench.register({ id: 'worker', tenant: 'acme' });
    await bench.register({ id: 'planner', tenant: 'acme' });
    for (const path of ['planner', 'nobody', 'worker?tenant=globex', 'planner?tenant=acme']) {
      expect(refusalIn(await bench.ask('GET', `/v1/agents/${path}`, { token: own }))).toBe('OPERATOR_REQUIRED');
    }
  });

  it('are listed page by page', async () => {
    for (const id of ['a', 'b', 'c']) await register({ id, tenant: 'acme', capabilities: ['x'] });
    await register({ id: 'a', tenant: 'globex' });
    const first = await bench.ask('GET', '/v1/agents?tenant=acme&capability=x&limit=2', { token });
    expect(first.body['agents']).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    const rest = await bench.ask('GET', `/v1/agents?tenant=acme&limit=2&after=${String(first.body['next'])}`, {
      token,
    });
    expect(rest.body['agents']).toMatchObject([{ id: 'c' }]);
    expect(rest.body['next']).toBeUndefined();
  });

  it('end with their token', async () => {
    const { token: own } = await bench.register({ id: 'worker', tenant: 'acme' });
    expect((await bench.ask('DELETE', '/v1/agents/worker', { token })).status).toBe(204);
    expect(refusalIn(await bench.ask('GET', '/v1/agents/worker', { token: own }))).toBe('CREDENTIAL_REFUSED');
    expect(refusalIn(await bench.ask('DELETE', '/v1/agents/worker', { token }))).toBe('AGENT_NOT_REGISTERED');
  });
});
