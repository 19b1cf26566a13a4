import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { operatorToken, refusalIn, ServerBench } from '../support/server-bench.js';

const operator = { token: operatorToken };
const day = 'from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z';

const wrong = [
  `${day}&groupBy=`,
  `${day}&groupBy=tenant,,agent`,
  `${day}&groupBy=__proto__`,
  `${day}&limit=10001`,
  `${day}&limit=-1`,
  `${day}&limit=1e3`,
  `${day}&tenant=`,
  `${day}&tenant=a/b`,
  `${day}&operation=hack`,
  `${day}&type=hack`,
  `${day}&after=1`,
  `${day}&limit=1&limit=2`,
  'from=2026-01-01&to=2026-01-02',
  'from=275761-01-01T00:00:00Z&to=2026-01-02T00:00:00Z',
  'from=2026-13-01T00:00:00Z&to=2026-01-02T00:00:00Z',
  `${day}&agent=${'x'.repeat(300)}`,
];

const empty = [
  'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
  'from=0000-01-01T00:00:00Z&to=0001-01-01T00:00:00Z',
  'from=9999-12-31T00:00:00Z&to=9999-12-31T23:59:59Z',
  `${day}&agent=%00&tool=%F0%9F%92%A3`,
  `${day}&agent=*&groupBy=tenant,tenant`,
];

describe('usage that is asked for oddly', () => {
  it('is refused where it makes no sense', async () => {
    await using bench = await ServerBench.open();
    for (const query of wrong) {
      const answer = await bench.ask('GET', `/v1/usage?${query}`, operator);
      expect([query, refusalIn(answer)]).toEqual([query, 'REQUEST_INVALID']);
    }
  });

  it('is none where there is none', async () => {
    await using bench = await ServerBench.open();
    for (const query of empty) {
      for (const bucket of ['minute', 'hour', 'day']) {
        const { status, body } = await bench.ask('GET', `/v1/usage?${query}&bucket=${bucket}`, operator);
        expect([query, status, body]).toEqual([query, 200, { totals: [], complete: true }]);
      }
    }
  });
});

const odd = ['__proto__', 'constructor', '%00', '%F0%9F%92%A3', '..%2F..%2Fetc', '%20', 'STORE', 'x'.repeat(200)];

describe('recoveries of odd components', () => {
  it('are not there', async () => {
    await using bench = await ServerBench.open();
    const body = { by: 'ada', why: 'to see' };
    for (const name of odd) {
      const asked = await bench.ask('POST', `/v1/recoveries/${name}`, { ...operator, body: { reason: 'odd' } });
      const decided = ['confirm', 'refuse', 'cancel'].map((verb) =>
        bench.ask('POST', `/v1/recoveries/${name}/${verb}`, { ...operator, body }),
      );
      const codes = [asked, ...(await Promise.all(decided))].map(refusalIn);
      expect([name, ...codes]).toEqual([name, 'COMPONENT_NOT_FOUND', ...decided.map(() => 'RECOVERY_NOT_FOUND')]);
    }
    expect((await bench.ask('GET', '/v1/recoveries', operator)).body).toEqual({ active: [], history: [] });
  });

  it('are refused where the name is none', async () => {
    await using bench = await ServerBench.open();
    for (const name of ['x'.repeat(201), '%zz', '%C0%80']) {
      const { status } = await bench.ask('POST', `/v1/recoveries/${name}`, { ...operator, body: { reason: 'odd' } });
      expect([400, 404, 414]).toContain(status);
    }
  });
});

it('whoever listens to health and never reads holds up neither the others nor the end', async () => {
  const bench = await ServerBench.open();
  const { hostname, port } = new URL(await bench.url());
  const deaf = connect(Number(port), hostname);
  deaf.write(`GET /v1/health/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${operatorToken}\r\n\r\n`);
  await once(deaf, 'readable');
  using breaker = bench.bus.breakers.named('screen:remote');
  for (let n = 0; n < 5000; n++) {
    if (n % 2 === 0) breaker.isolate();
    else breaker.close();
    await bench.bus.health.sample();
  }
  expect((await bench.ask('GET', '/v1/health', operator)).status).toBe(200);
  const closed = once(deaf, 'close');
  await bench[Symbol.asyncDispose]();
  deaf.resume();
  await closed;
});
