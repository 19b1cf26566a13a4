import { CircuitBreakers } from '@charterbus/recovery';
import { expect, it } from 'vitest';
import { loadConstitution } from '../src/index.js';
import { toFiles } from './support/files.js';
import { illServer } from './support/ill-server.js';
import { manifestOf } from './support/rego.js';
import { never, request } from './support/requests.js';

const engine = (url: string): string => `{ kind: opa, url: "${url}", path: charterbus/decision }`;
const facts = `facts:
  providers:
    risk: { parameters: [string], returns: int }
  send: { rating: risk("a") }
`;
const providers = { risk: () => 1 };

it('the breakers of a constitution are listed by their names until it is closed', async () => {
  const breakers = new CircuitBreakers();
  const files = toFiles({ 'manifest.yaml': manifestOf(engine('http://opa.internal:8181'), facts) });
  const first = await loadConstitution(files, { breakers, providers });
  expect(breakers.names).toEqual(['opa:opa.internal:8181', 'provider:risk']);
  const [inForce] = breakers.list();
  const next = await loadConstitution(files, { breakers, providers });
  expect(breakers.list()[0]).toBe(inForce);
  await first.close();
  await first.close();
  expect(breakers.names).toEqual(['opa:opa.internal:8181', 'provider:risk']);
  expect(breakers.list()[0]).not.toBe(inForce);
  await next.close();
  expect(breakers.names).toEqual([]);
});

it('a constitution that is refused leaves none', async () => {
  const breakers = new CircuitBreakers();
  for (const more of [facts, `${facts}  wrong: 1\n`]) {
    const refused = loadConstitution(toFiles({ 'manifest.yaml': manifestOf(engine('http://opa:8181'), more) }), {
      breakers,
    });
    await expect(refused).rejects.toMatchObject({ code: 'CONSTITUTION_INVALID' });
  }
  expect(breakers.names).toEqual([]);
});

it('an engine that fails opens the breaker that is listed, and every judgement denies', async () => {
  const breakers = new CircuitBreakers();
  await using server = await illServer((socket) => socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n'));
  const files = toFiles({ 'manifest.yaml': manifestOf(engine(server.url)) });
  await using constitution = await loadConstitution(files, { breakers });
  for (let judgement = 0; judgement < 8; judgement += 1) {
    expect((await constitution.judge(request(), never)).effect).toBe('deny');
  }
  const [breaker] = breakers.list();
  expect([breaker?.state, breaker?.counts]).toEqual(['open', { successes: 0, failures: 5, rejections: 3, opens: 1 }]);
});
