import { signChallenge } from '@charterbus/registry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issuedSchema } from '../../../src/http/schemas/identity.js';
import { type AgentKey, makeKey } from '../../support/keys.js';
import { operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';

describe('sessions over HTTP', () => {
  let bench: ServerBench;
  let key: AgentKey;
  const signer = { tenant: 'acme', agent: 'signer' };

  beforeEach(async () => {
    bench = await ServerBench.open();
    key = makeKey();
    await bench.register({ id: 'signer', tenant: 'acme', publicKey: key.publicKey });
    await bench.register({ id: 'keyless', tenant: 'acme' });
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const post = (path: string, body: unknown) => bench.ask('POST', path, { body });
  const challenge = async (agent = signer) => String((await post('/v1/sessions/challenge', agent)).body['challenge']);
  const signed = async (agent = signer, draft?: unknown, by = key) => {
    const given = await challenge(agent);
    const statement = { challenge: given, agent, ...(draft === undefined ? {} : { draft }) };
    return { challenge: given, signature: signChallenge(statement, by.privateKey) };
  };
  const open = async (more: object = {}) => post('/v1/sessions', { ...(await signed()), ...more });

  it('are opened by whoever has the key, and end', async () => {
    const answer = await open();
    expect([answer.status, answer.headers['cache-control']]).toEqual([201, 'no-store']);
    const { agent, expiresAt, ...issued } = answer.body as Record<string, unknown>;
    const { credential, token } = issuedSchema.parse(issued);
    expect(agent).toMatchObject({ id: 'signer', tenant: 'acme' });
    expect(credential).toMatchObject({ kind: 'session', expiresAt });
    expect((await bench.ask('GET', '/v1/agents/signer', { token })).body).toEqual(agent);
    const path = `/v1/agents/signer/credentials/${credential.id}`;
    expect(refusalIn(await bench.ask('POST', `${path}/rotate`, { token }))).toBe('CREDENTIAL_NOT_FOUND');
    expect((await bench.ask('DELETE', path, { token })).status).toBe(204);
    expect(refusalIn(await bench.ask('GET', '/v1/agents/signer', { token }))).toBe('CREDENTIAL_REFUSED');
  });

  it('are good for what they were opened for', async () => {
    const token = String((await open({ scopes: ['receive'] })).body['token']);
    const sent = await bench.ask('POST', '/v1/messages', { token, body: bench.draft('keyless') });
    expect(refusalIn(sent)).toBe('SCOPE_REQUIRED');
    expect((await bench.ask('POST', '/v1/deliveries/claim', { token, body: { waitMs: 0 } })).status).toBe(200);
    expect(refusalIn(await open({ scopes: ['everything'] }))).toBe('REQUEST_INVALID');
  });

  it('are refused alike for whatever is wrong with a proof', async () => {
    const used = await signed();
    await post('/v1/sessions', used);
    const stranger = makeKey();
    const proofs = [
      used,
      await signed(signer, undefined, stranger),
      await signed({ tenant: 'acme', agent: 'keyless' }),
      await signed({ tenant: 'acme', agent: 'nobody' }),
      await signed({ tenant: 'globex', agent: 'signer' }),
      await signed(signer, { id: 'signer', tenant: 'acme' }),
      { challenge: await challenge({ tenant: 'acme', agent: 'keyless' }), signature: (await signed()).signature },
      { challenge: 'cbc_x', signature: used.signature },
      { challenge: used.challenge, signature: 'x' },
    ];
    const answers = await Promise.all(proofs.map((proof) => post('/v1/sessions', proof)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(refusalIn(answers[0]!)).toBe('CREDENTIAL_REFUSED');
  });

  it('are not for who is quarantined, who is told so by the right key only', async () => {
    await bench.ask('POST', '/v1/agents/signer/quarantine', { token: operatorToken, body: { reason: 'x' } });
    expect(refusalIn(await open())).toBe('AGENT_QUARANTINED');
    expect(refusalIn(await post('/v1/sessions', await signed(signer, undefined, makeKey())))).toBe(
      'CREDENTIAL_REFUSED',
    );
  });

  it('need not be there for an agent to state itself anew by its key', async () => {
    const before = String((await open()).body['token']);
    const draft = { id: 'signer', tenant: 'acme', capabilities: ['sign'], publicKey: key.publicKey };
    const answer = await post('/v1/agents/signer/registration', { draft, proof: await signed(signer, draft) });
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(answer.body['agent']).toMatchObject({ capabilities: ['sign'] });
    const token = String(answer.body['token']);
    expect((await bench.ask('GET', '/v1/agents/signer', { token })).status).toBe(200);
    expect(refusalIn(await bench.ask('GET', '/v1/agents/signer', { token: before }))).toBe('CREDENTIAL_REFUSED');
  });

  it('a registration is of nobody else, and of no other draft', async () => {
    const draft = { id: 'signer', tenant: 'acme', role: 'executive' };
    const proof = await signed(signer, { id: 'signer', tenant: 'acme' });
    const elsewhere = { ...draft, tenant: 'globex' };
    const path = '/v1/agents/signer/registration';
    expect(refusalIn(await post(path, { draft, proof }))).toBe('CREDENTIAL_REFUSED');
    expect(refusalIn(await post(path, { draft: elsewhere, proof: await signed(signer, elsewhere) }))).toBe(
      'CREDENTIAL_REFUSED',
    );
    expect(refusalIn(await post('/v1/agents/keyless/registration', { draft, proof }))).toBe('REQUEST_INVALID');
    expect(refusalIn(await post(path, { draft: { id: 'signer' }, proof }))).toBe('AGENT_INVALID');
    expect((await bench.ask('GET', '/v1/agents/signer', { token: operatorToken })).body['role']).toBeUndefined();
  });
});
