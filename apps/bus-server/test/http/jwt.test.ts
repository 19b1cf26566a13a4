import { createJwtAuthenticator } from '@charterbus/registry/jwt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpLimits } from '../../src/http/limits.js';
import { type Issuer, makeIssuer } from '../support/issuer.js';
import { operatorToken, refusalIn, ServerBench } from '../support/server-bench.js';

describe('JSON Web Tokens over HTTP', () => {
  let issuer: Issuer;
  let bench: ServerBench;
  /** Lets the keys come; until then whoever needs them waits. */
  let answerKeys: () => void;

  beforeEach(async () => {
    issuer = await makeIssuer();
    const asked = Promise.withResolvers<void>();
    answerKeys = asked.resolve;
    const jwt = await createJwtAuthenticator({
      issuer: issuer.issuer,
      audience: issuer.audience,
      jwks: new URL('https://issuer.example/keys'),
      fetch: async () => {
        await asked.promise;
        return Response.json({ keys: [issuer.jwk] });
      },
    });
    bench = await ServerBench.open({}, { jwt });
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const own = (token: string) => bench.ask('GET', '/v1/agents/worker', { token });

  it('say who is speaking, as far as their scopes go', async () => {
    answerKeys();
    await bench.register({ id: 'worker', tenant: 'acme' });
    const whole = await issuer.issue({ sub: 'worker', tenant: 'acme' });
    expect((await own(whole)).body).toMatchObject({ id: 'worker', tenant: 'acme' });
    const sent = await bench.ask('POST', '/v1/messages', { token: whole, body: bench.draft('worker') });
    expect(sent.status).not.toBe(401);
    const limited = await issuer.issue({ sub: 'worker', tenant: 'acme', scope: 'read' });
    expect(refusalIn(await bench.ask('POST', '/v1/messages', { token: limited, body: bench.draft('worker') }))).toBe(
      'SCOPE_REQUIRED',
    );
    expect((await bench.ask('GET', '/v1/agents/worker/credentials', { token: limited })).body).toEqual({
      credentials: [],
    });
  });

  it('are refused like every other token, whatever is wrong with them', async () => {
    answerKeys();
    await bench.register({ id: 'worker', tenant: 'acme' });
    const other = await makeIssuer();
    const about = { sub: 'worker', tenant: 'acme' };
    const good = await issuer.issue(about);
    const shown = [
      await other.issue(about),
      await issuer.issue({ ...about, sub: 'nobody' }),
      await issuer.issue({ ...about, tenant: 'globex' }),
      await issuer.issue({ sub: 'worker' }),
      await issuer.issue({ ...about, iss: 'https://other.example' }),
      await issuer.issue({ ...about, aud: 'other' }),
      await issuer.issue({ ...about, exp: Math.floor(Date.now() / 1000) - 120 }),
      good.slice(0, -4),
      `${good.split('.').slice(0, 2).join('.')}.`,
      'a.b.c',
    ];
    const answers = await Promise.all(shown.map(own));
    expect(refusalIn(answers[0]!)).toBe('CREDENTIAL_REFUSED');
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.text).toBe((await own('cba_nonsense')).text);
  });

  it('of whoever is quarantined are told so', async () => {
    answerKeys();
    await bench.register({ id: 'worker', tenant: 'acme' });
    const token = await issuer.issue({ sub: 'worker', tenant: 'acme' });
    await bench.ask('POST', '/v1/agents/worker/quarantine', { token: operatorToken, body: { reason: 'x' } });
    expect(refusalIn(await own(token))).toBe('AGENT_QUARANTINED');
  });

  it('whose keys are slow to come hold up nobody but those who show them, and of those not too many', async () => {
    const { token } = await bench.register({ id: 'worker', tenant: 'acme' });
    const jwt = await issuer.issue({ sub: 'worker', tenant: 'acme' });
    const waiting = Array.from({ length: httpLimits.jwtsAtOnce }, () => own(jwt));
    const refused = await own(jwt);
    expect(refusalIn(refused)).toBe('TOO_MANY_REQUESTS');
    expect(refused.headers['retry-after']).toBe('1');
    expect((await own(token)).status).toBe(200);
    expect(refusalIn(await own('cba_nonsense'))).toBe('CREDENTIAL_REFUSED');
    answerKeys();
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await own(jwt)).status).toBe(200);
  });

  it('are refused where no issuer is named', async () => {
    await using plain = await ServerBench.open();
    await plain.register({ id: 'worker', tenant: 'acme' });
    const token = await issuer.issue({ sub: 'worker', tenant: 'acme' });
    expect(refusalIn(await plain.ask('GET', '/v1/agents/worker', { token }))).toBe('CREDENTIAL_REFUSED');
  });
});
