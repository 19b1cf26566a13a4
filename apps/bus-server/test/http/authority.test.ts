import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorToken, refusalIn, ServerBench } from '../support/server-bench.js';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const operatorRoutes: readonly (readonly [Method, string])[] = [
  ['GET', '/metrics'],
  ['POST', '/v1/agents'],
  ['GET', '/v1/agents'],
  ['PATCH', '/v1/agents/worker'],
  ['DELETE', '/v1/agents/worker'],
  ['POST', '/v1/agents/worker/quarantine'],
  ['POST', '/v1/agents/worker/reinstate'],
  ['POST', '/v1/agents/worker/credentials'],
  ['GET', '/v1/messages'],
  ['POST', '/v1/messages/x/release'],
  ['POST', '/v1/messages/x/refuse'],
  ['GET', '/v1/dead-letters'],
  ['POST', '/v1/dead-letters/redrive'],
  ['POST', '/v1/dead-letters/x/redrive'],
  ['POST', '/v1/dead-letters/x/drop'],
  ['GET', '/v1/groups'],
  ['GET', '/v1/pauses'],
  ['POST', '/v1/pauses'],
  ['POST', '/v1/pauses/resume'],
  ['GET', '/v1/halts'],
  ['POST', '/v1/halts'],
  ['POST', '/v1/halts/lift'],
  ['GET', '/v1/health'],
  ['GET', '/v1/health/events'],
  ['GET', '/v1/recoveries'],
  ['POST', '/v1/recoveries/store'],
  ['POST', '/v1/recoveries/store/confirm'],
  ['POST', '/v1/recoveries/store/refuse'],
  ['POST', '/v1/recoveries/store/cancel'],
  ['POST', '/v1/constitution/staged'],
  ['GET', '/v1/constitution/staged'],
  ['GET', '/v1/constitution/bundles'],
  ['DELETE', '/v1/constitution/staged/x'],
  ['GET', '/v1/constitution/staged/x/shadow'],
  ['POST', '/v1/constitution/staged/x/activate'],
  ['POST', '/v1/constitution/rollback'],
  ['POST', '/v1/constitution/revoke'],
  ['GET', '/v1/constitution/history'],
  ['GET', '/v1/constitution/variants'],
  ['GET', '/v1/constitution/cache'],
];
const agentRoutes: readonly (readonly [Method, string])[] = [
  ['POST', '/v1/agents/worker/heartbeat'],
  ['POST', '/v1/messages'],
  ['POST', '/v1/messages/batch'],
  ['POST', '/v1/deliveries/claim'],
  ['POST', '/v1/deliveries/x/ack'],
  ['POST', '/v1/deliveries/x/nack'],
  ['POST', '/v1/deliveries/x/extend'],
  ['POST', '/v1/deliveries/x/reject'],
  ['POST', '/v1/subscriptions'],
  ['DELETE', '/v1/subscriptions'],
];
const eitherRoutes: readonly (readonly [Method, string])[] = [
  ['GET', '/v1/agents/worker'],
  ['GET', '/v1/agents/worker/state'],
  ['GET', '/v1/agents/worker/credentials'],
  ['POST', '/v1/agents/worker/credentials/x/rotate'],
  ['DELETE', '/v1/agents/worker/credentials/x'],
  ['GET', '/v1/messages/x'],
  ['GET', '/v1/subscriptions'],
  ['GET', '/v1/usage'],
  ['GET', '/v1/quotas'],
];
const openRoutes = ['/healthz', '/readyz', '/v1/constitution', '/openapi.json'];
/** Open to whoever has the key of an agent. */
const keyRoutes = ['/v1/sessions/challenge', '/v1/sessions', '/v1/agents/worker/registration'];

const named = (route: string): string =>
  route
    .replace(/\/credentials\/x(?=\/|$)/, '/credentials/{credential}')
    .replace(/\/x(?=\/|$)/, '/{id}')
    .replace('/recoveries/store', '/recoveries/{component}')
    .replace('/agents/worker', '/agents/{id}');

describe('authority', () => {
  let bench: ServerBench;
  let token: string;

  beforeAll(async () => {
    bench = await ServerBench.open();
    ({ token } = await bench.register({ id: 'worker', tenant: 'acme' }));
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it('is asked for by every route that is known, and the lists above hold all of them', () => {
    const described = Object.entries(bench.app.swagger().paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const listed = [...operatorRoutes, ...agentRoutes, ...eitherRoutes].map(([method, url]) => `${method} ${url}`);
    const open = [
      ...openRoutes.slice(0, 3).map((url) => `GET ${url}`),
      ...keyRoutes.map((url) => `POST ${named(url)}`),
    ];
    expect(described.toSorted()).toEqual([...listed.map(named), ...open].toSorted());
  });

  it.each([...operatorRoutes, ...agentRoutes, ...eitherRoutes])(
    '%s %s takes a token that is in force',
    async (method, url) => {
      const answers = [];
      for (const authorization of [
        undefined,
        '',
        'Bearer',
        'Bearer ',
        `Basic ${token}`,
        `Bearer ${token}x`,
        `Bearer ${operatorToken}x`,
        token,
        `Bearer ${'a'.repeat(600)}`,
      ]) {
        const reply = await bench.app.inject({
          method,
          url,
          headers: authorization === undefined ? {} : { authorization },
        });
        expect(reply.statusCode).toBe(401);
        expect(reply.headers['www-authenticate']).toBe('Bearer');
        answers.push(reply.payload);
      }
      expect(new Set(answers).size).toBe(1);
    },
  );

  it.each(operatorRoutes)('%s %s is not for agents', async (method, url) => {
    expect(refusalIn(await bench.ask(method, url, { token }))).toBe('OPERATOR_REQUIRED');
  });

  it.each(agentRoutes)('%s %s is not for the operator', async (method, url) => {
    expect(refusalIn(await bench.ask(method, url, { token: operatorToken }))).toBe('AGENT_REQUIRED');
  });

  it.each(openRoutes)('GET %s is open, and a bad token does no harm', async (url) => {
    expect((await bench.ask('GET', url)).status).toBe(200);
    expect((await bench.ask('GET', url, { token: 'nonsense' })).status).toBe(200);
  });

  it.each(keyRoutes)('POST %s takes no token, and a good one makes no difference', async (url) => {
    const answers = [undefined, 'nonsense', token, operatorToken].map((shown) =>
      bench.ask('POST', url, { body: {}, ...(shown === undefined ? {} : { token: shown }) }),
    );
    expect(new Set((await Promise.all(answers)).map(({ text }) => text)).size).toBe(1);
  });

  it('comes before the body: a stranger gets nothing read', async () => {
    expect(refusalIn(await bench.ask('POST', '/v1/messages', { token: 'nonsense', body: '{' }))).toBe(
      'CREDENTIAL_REFUSED',
    );
  });

  it('is not asked for where there is nothing', async () => {
    for (const url of ['/', '/v1', '/v1/messages/x/y', '/v2/messages', `/v1/agents/${'a'.repeat(600)}`]) {
      expect(refusalIn(await bench.ask('GET', url))).toBe('NOT_FOUND');
    }
    const wrong = await bench.ask('DELETE', '/v1/messages', { token });
    expect(refusalIn(wrong)).toBe('METHOD_NOT_ALLOWED');
    expect(wrong.headers['allow']).toBe('GET, HEAD, POST');
    expect(refusalIn(await bench.ask('GET', '/v1/agents/%zz', { token }))).toBe('REQUEST_INVALID');
  });
});
