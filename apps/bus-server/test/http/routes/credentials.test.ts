import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { credentialSchema, issuedSchema } from '../../../src/http/schemas/identity.js';
import { type Answer, operatorToken, refusalIn, ServerBench } from '../../support/server-bench.js';
import { slowly } from '../../support/slow-request.js';

const listSchema = z.strictObject({ credentials: z.array(credentialSchema) });

describe('credentials over HTTP', () => {
  let bench: ServerBench;
  let whole: string;

  beforeEach(async () => {
    bench = await ServerBench.open();
    whole = (await bench.register({ id: 'worker', tenant: 'acme' })).token;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const at = '/v1/agents/worker/credentials';
  const issue = async (body?: unknown) => {
    const answer = await bench.ask('POST', at, { token: operatorToken, body });
    expect(answer.status).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    return issuedSchema.parse(answer.body);
  };
  const seenBy = async (token: string) => listSchema.parse((await bench.ask('GET', at, { token })).body).credentials;
  const rotate = (id: string, token: string, body?: unknown): Promise<Answer> =>
    bench.ask('POST', `${at}/${id}/rotate`, { token, body });
  const revoke = (id: string, token: string) => bench.ask('DELETE', `${at}/${id}`, { token });
  const works = async (token: string) => (await bench.ask('GET', '/v1/agents/worker', { token })).status === 200;

  it('are issued by the operator, with scopes, an end and a label', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { credential, token } = await issue({ scopes: ['send'], expiresAt, label: 'laptop' });
    expect(credential).toMatchObject({ kind: 'token', scopes: ['send'], expiresAt, label: 'laptop' });
    expect((await bench.ask('POST', '/v1/messages', { token, body: bench.draft('worker') })).status).not.toBe(401);
    expect(refusalIn(await bench.ask('POST', '/v1/deliveries/claim', { token, body: { waitMs: 0 } }))).toBe(
      'SCOPE_REQUIRED',
    );
    expect(await works((await issue()).token)).toBe(true);
    for (const body of [
      { scopes: ['all'] },
      { expiresAt: '2020-01-01T00:00:00Z' },
      { label: 'a b' },
      { tenant: 'x' },
    ]) {
      expect(refusalIn(await bench.ask('POST', at, { token: operatorToken, body }))).toBe('REQUEST_INVALID');
    }
  });

  it('are listed without their secrets', async () => {
    const { credential, token } = await issue({ label: 'second' });
    expect(await seenBy(operatorToken)).toMatchObject([{ kind: 'token' }, credential]);
    const { text } = await bench.ask('GET', at, { token: whole });
    expect(text).toContain(credential.id);
    for (const secret of [token, whole]) expect(text).not.toContain(secret);
  });

  it('that are limited see and end themselves only', async () => {
    const limited = await issue({ scopes: ['read'] });
    const [first] = await seenBy(whole);
    expect(await seenBy(limited.token)).toEqual([limited.credential]);
    expect(refusalIn(await revoke(String(first?.id), limited.token))).toBe('CREDENTIAL_NOT_FOUND');
    expect((await revoke(String(first?.id), limited.token)).text).toBe((await revoke('none', limited.token)).text);
    expect((await revoke(limited.credential.id, limited.token)).status).toBe(204);
    expect(await works(limited.token)).toBe(false);
    expect(await works(whole)).toBe(true);
  });

  it('are rotated by whoever shows them, and stay as limited as they were', async () => {
    const limited = await issue({ scopes: ['send'], label: 'laptop' });
    const answer = await rotate(limited.credential.id, limited.token, { overlapMs: 60_000 });
    expect(answer.headers['cache-control']).toBe('no-store');
    const heir = issuedSchema.parse(answer.body);
    expect(heir.credential).toMatchObject({ scopes: ['send'], label: 'laptop' });
    expect([await works(limited.token), await works(heir.token)]).toEqual([true, true]);
    const last = issuedSchema.parse((await rotate(heir.credential.id, operatorToken)).body);
    expect([await works(heir.token), await works(last.token)]).toEqual([false, true]);
    for (const body of [{ scopes: ['read'] }, { overlapMs: -1 }, { overlapMs: 1.5 }]) {
      expect(refusalIn(await rotate(last.credential.id, last.token, body))).toBe('REQUEST_INVALID');
    }
  });

  it('are not rotated by others of the same agent: none makes a wider or a longer one of itself', async () => {
    const limited = await issue({ scopes: ['send'] });
    const brief = await issue({ expiresAt: Date.now() + 60_000 });
    const lasting = String((await seenBy(whole))[0]?.id);
    for (const { token } of [limited, brief]) {
      expect(refusalIn(await rotate(lasting, token))).toBe('OPERATOR_REQUIRED');
      expect((await rotate('none', token)).text).toBe((await rotate(lasting, token)).text);
    }
    expect(refusalIn(await rotate('none', operatorToken))).toBe('CREDENTIAL_NOT_FOUND');
  });

  it('are not rotated by who is quarantined before the whole request is there', async () => {
    const [first] = await seenBy(whole);
    const code = await slowly(bench, { path: `${at}/${String(first?.id)}/rotate`, token: whole, text: '{}' }, () =>
      bench.ask('POST', '/v1/agents/worker/quarantine', { token: operatorToken, body: { reason: 'stolen' } }),
    );
    expect(code).toBe('AGENT_QUARANTINED');
    expect(await seenBy(operatorToken)).toEqual([first]);
  });

  it('are of no use to other agents, by whatever path', async () => {
    const { token: foreign } = await bench.register({ id: 'worker', tenant: 'globex' });
    const { token: other } = await bench.register({ id: 'other', tenant: 'acme' });
    const [{ id } = { id: '' }] = listSchema.parse(
      (await bench.ask('GET', `${at}?tenant=acme`, { token: operatorToken })).body,
    ).credentials;
    const path = `${at}/${id}`;
    expect(refusalIn(await bench.ask('DELETE', path, { token: foreign }))).toBe('CREDENTIAL_NOT_FOUND');
    expect(refusalIn(await bench.ask('DELETE', `${path}?tenant=acme`, { token: foreign }))).toBe('OPERATOR_REQUIRED');
    expect(refusalIn(await bench.ask('DELETE', path, { token: other }))).toBe('OPERATOR_REQUIRED');
    expect(refusalIn(await bench.ask('POST', `${path}/rotate`, { token: foreign }))).toBe('OPERATOR_REQUIRED');
    expect(await works(whole)).toBe(true);
  });
});
